import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RankingQuery } from './ranking-query.js';
import { RankingRepository } from './ranking.repository.js';

const MAX_KEPT_COUNTS = 1_000;
/** A count is kept this many times as long as it took, so the counts of a list take at most 2 % of the time. */
const KEEP_FACTOR = 50;

/** The number of properties in a ranking. Counting reads one index entry per property (0.2 s for a million). */
@Injectable()
export class RankingCounts {
  readonly #counts = new LRUCache<string, Promise<number>>({ max: MAX_KEPT_COUNTS });

  constructor(private readonly ranking: RankingRepository) {}

  /** The number now, or a kept one. Concurrent callers share one statement. */
  count(query: RankingQuery): Promise<number> {
    const key = JSON.stringify([query.sortColumn, query.day, query.filter]);
    const known = this.#counts.get(key);
    if (known) return known;
    const startedAt = performance.now();
    const count = this.ranking.countAll(query);
    this.#counts.set(key, count);
    count.then(
      () => this.#counts.set(key, count, { ttl: Math.ceil((performance.now() - startedAt) * KEEP_FACTOR) }),
      () => this.#counts.delete(key),
    );
    return count;
  }
}
