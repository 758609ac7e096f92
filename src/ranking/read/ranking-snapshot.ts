import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { LoadCache } from '../../cache/load-cache.js';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { RankingRepository } from './ranking.repository.js';
import { DAY_MS } from '../model/score.js';

/** A version of the ranking and a time at which all its numbers are right. */
export interface RankingSnapshot {
  /** Milliseconds since 1970. */
  readonly asOf: number;
  readonly halfLifeDays: number;
  readonly version: number;
  /** The last UTC day of all windows, in days since 1970. */
  readonly day: number;
}

const MAX_CACHED_RESULTS = 1_000;
// Deleting a property does not change the version, so results also expire.
const MAX_AGE_MS = 8_000;

/** Current version of the ranking, and a cache of read results keyed by version. */
@Injectable()
export class RankingSnapshots {
  readonly #results = new LoadCache<string, unknown>({ maxSize: MAX_CACHED_RESULTS, maxAge: MAX_AGE_MS });

  constructor(
    private readonly em: EntityManager,
    private readonly ranking: RankingRepository,
    private readonly config: Config,
  ) {}

  /**
   * The current snapshot. `asOf` is now, clamped: at or after the last computation (the worker's clock may be ahead), before
   * the earliest `due_at`, and not after the last day of the windows.
   */
  async current(): Promise<RankingSnapshot> {
    const { version, halfLifeDays, countedTo, dueAt, day } = await this.ranking.findSnapshot();
    const asOf = Math.min(Math.max(Date.now(), countedTo), (dueAt ?? Infinity) - 1, (day + 1) * DAY_MS - 1);
    return { asOf, halfLifeDays: halfLifeDays ?? this.config.rankingHalfLifeDays, version, day };
  }

  /** Runs several queries in one transaction: all see the same data. */
  inTransaction<T>(read: () => Promise<T>): Promise<T> {
    return inTransaction(this.em, read);
  }

  /**
   * Returns the cached result of `key` for a version, or runs `read` in a transaction.
   * @param key a JSON value that names the query and all its parameters
   */
  remember<T>(version: number, key: unknown, read: () => Promise<T>): Promise<T> {
    return this.#results.get(JSON.stringify([version, key]), () => this.inTransaction(read)) as Promise<T>;
  }
}
