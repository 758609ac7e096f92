import { Injectable } from '@nestjs/common';
import { RequestCounters } from '../cache/request-counters.js';
import { Config } from '../config/config.js';
import { ProblemError } from '../http/problem.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Likes and unlikes of a user. */
const MAX_PER_MINUTE = 60;
/** Likes and unlikes of one property by one user. */
const MAX_PER_PAIR_AND_DAY = 20;

/** The user has liked and unliked too often. */
class TooManyLikes extends ProblemError {
  constructor(seconds: number) {
    super('too-many-likes', { headers: { 'retry-after': String(seconds) } });
  }
}

/**
 * Limits how many like events a user can make: they are kept for ever, and read again. Only changes count, and only those through
 * this service. Likes and unlikes that are under way at the same time may exceed a limit by their number.
 */
@Injectable()
export class LikeLimits {
  readonly #maxPerDay: number;

  constructor(
    private readonly counters: RequestCounters,
    config: Config,
  ) {
    this.#maxPerDay = config.rateLimitLikesPerDay;
  }

  /** Runs a like or unlike, and counts it when `isChange` says so. @throws TooManyLikes (429) */
  async run<T>(
    propertyId: number,
    userId: number,
    work: () => Promise<T>,
    isChange: (result: T) => boolean,
  ): Promise<T> {
    if (this.#maxPerDay === 0) return work();
    const limits = [
      ['likes-minute', `${userId}`, MINUTE_MS, MAX_PER_MINUTE],
      ['likes-day', `${userId}`, DAY_MS, this.#maxPerDay],
      ['likes-pair', `${userId} ${propertyId}`, DAY_MS, MAX_PER_PAIR_AND_DAY],
    ] as const;
    const counts = await Promise.all(limits.map(([name, key, ms]) => this.counters.count(name, key, ms, 0)));
    const exceeded = counts.filter(({ current }, i) => current >= limits[i]![3]);
    if (exceeded.length > 0)
      throw new TooManyLikes(Math.ceil(Math.max(...exceeded.map(({ ttl }) => ttl)) / 1_000));
    const result = await work();
    if (isChange(result))
      await Promise.all(limits.map(([name, key, ms]) => this.counters.count(name, key, ms, 1)));
    return result;
  }
}
