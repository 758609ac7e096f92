import { Global, Module } from '@nestjs/common';
import { AnswerCache } from './answer-cache.js';
import { CachedAnswers } from './cached-answer.js';
import { DataVersions } from './data-versions.js';
import { SharedRedis } from './shared-redis.js';

@Global()
@Module({
  providers: [SharedRedis, DataVersions, AnswerCache, CachedAnswers],
  exports: [SharedRedis, CachedAnswers],
})
export class CacheModule {}
