import { Injectable } from '@nestjs/common';
import { RateCounters } from '../cluster/rate-counters.js';
import type { Count, Counters } from '../http/rate-limit.js';
import { SharedRedis } from './shared-redis.js';

/** Counts for limits. Redis holds the counters of all processes. Without Redis, and while it is unavailable, memory holds them. */
@Injectable()
export class RequestCounters implements Counters {
  readonly #own = new RateCounters();
  /** Counts in the memory of this process, or of the primary that started it. */
  countInMemory: Counters['count'] = async (...question) => this.#own.add(question);

  constructor(private readonly redis: SharedRedis) {}

  async count(limit: string, key: string, windowMs: number, units: number): Promise<Count> {
    if (!this.redis.client) return this.countInMemory(limit, key, windowMs, units);
    return this.redis
      .run(() => this.#countInRedis(`rate-limit:${limit}:${key}`, windowMs, units))
      .catch(() => this.countInMemory(limit, key, windowMs, units));
  }

  async #countInRedis(key: string, windowMs: number, units: number): Promise<Count> {
    const transaction = this.redis.client!.multi();
    const results = await transaction.set(key, 0, 'PX', windowMs, 'NX').incrby(key, units).pttl(key).exec();
    const [current, ttl] = (results ?? []).slice(1).map(([error, value]) => (error ? NaN : Number(value)));
    if (!(current! >= 0 && ttl! >= 0)) throw new Error('Redis has not counted the request');
    return { current: current!, ttl: ttl! };
  }
}
