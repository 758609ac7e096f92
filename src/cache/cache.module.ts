import { Global, Module } from '@nestjs/common';
import { AnswerCache } from './answer-cache.js';
import { CacheMetrics } from './cache-metrics.js';
import { CachedAnswers } from './cached-answer.js';
import { DataVersions } from './data-versions.js';
import { RedisAnswers } from './redis-answers.js';
import { RequestCounters } from './request-counters.js';
import { ReplicaReads } from './replica-read.js';
import { SharedRedis } from './shared-redis.js';

@Global()
@Module({
  providers: [
    SharedRedis,
    CacheMetrics,
    RedisAnswers,
    DataVersions,
    AnswerCache,
    ReplicaReads,
    CachedAnswers,
    RequestCounters,
  ],
  exports: [SharedRedis, ReplicaReads, CachedAnswers, RequestCounters],
})
export class CacheModule {}
