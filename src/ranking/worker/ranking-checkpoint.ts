import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { SqlRepository } from '../../database/sql-repository.js';
import { ChangeFeed } from './change-feed.js';
import { DAY_MS, dayOf } from '../model/score.js';
import type { Tables } from '../model/kysely-tables.js';

/** The row of `ranking_state`; see RankingCheckpoint (entity) for its columns. */
export interface Checkpoint {
  halfLifeDays: number | null;
  factId: number;
  searchVersion: number;
  version: number;
  rebuiltTo: number | null;
  checkedTo: number;
  countedTo: number;
  day: number;
  preparedTo: number | null;
  /** Equal to `version` in each checkpoint that is saved. */
  writtenVersion: number;
  judgedTo: number;
}

/** The value of `preparedTo` when all properties have their windows of the next day. */
export const PREPARED_ALL = 2 ** 31 - 1;
/** How long before the end of a day the windows of the next day begin to be prepared. */
const PREPARATION_MS = 15 * 60_000;

/** When the clock is behind `countedTo` by up to this, the worker waits for it; beyond this, it starts a rebuild. */
export const MAX_CLOCK_LAG_MS = 5_000;
/** When the windows are behind today by more days than this, a rebuild is cheaper than moving them day by day. */
const MAX_DAYS_BEHIND = 7;
/** Ids. The first computation starts so far below the highest like event: lower ids may still be uncommitted. */
const IN_FLIGHT_IDS = 10_000;

/** SQL of the checkpoint, the one row of `ranking_state`. Call in a transaction. */
@Injectable()
export class RankingCheckpoints extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly feed: ChangeFeed,
  ) {
    super(em);
  }

  /**
   * Locks the checkpoint until the transaction ends, so writers run one at a time. Call it first in the transaction: later reads
   * then see everything that the writer before has committed.
   */
  async lock(): Promise<Checkpoint> {
    const row = await this.db.selectFrom('ranking_state').selectAll().forUpdate().executeTakeFirstOrThrow();
    return {
      halfLifeDays: row.half_life_days,
      factId: row.fact_id,
      searchVersion: row.search_version,
      version: row.version,
      rebuiltTo: row.rebuilt_to,
      checkedTo: row.checked_to,
      countedTo: row.counted_to,
      day: row.day,
      preparedTo: row.prepared_to,
      writtenVersion: row.written_version,
      judgedTo: row.judged_to,
    };
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await this.db
      .updateTable('ranking_state')
      .set({
        half_life_days: checkpoint.halfLifeDays,
        fact_id: checkpoint.factId,
        search_version: checkpoint.searchVersion,
        version: checkpoint.version,
        rebuilt_to: checkpoint.rebuiltTo,
        checked_to: checkpoint.checkedTo,
        counted_to: checkpoint.countedTo,
        day: checkpoint.day,
        prepared_to: checkpoint.preparedTo,
        written_version: checkpoint.version,
        judged_to: checkpoint.judgedTo,
      })
      .execute();
  }

  /** Saves a checkpoint from which all properties are recomputed with this half-life. */
  async beginRebuild(before: Checkpoint, halfLifeDays: number): Promise<Checkpoint> {
    const { lastEventId } = await this.feed.findNewest();
    // The first computation reads the likes themselves, so old like events need not be read.
    const factId = before.halfLifeDays === null ? Math.max(0, lastEventId - IN_FLIGHT_IDS) : before.factId;
    const day = dayOf(Date.now());
    const after = { ...before, halfLifeDays, factId, rebuiltTo: 0, day, preparedTo: null };
    await this.save(after);
    return after;
  }
}

/** The time to compute numbers for: now, but not before the last computation and not after the last day of the windows. */
export function computationTime({ countedTo, day }: Checkpoint): number {
  return Math.min(Math.max(Date.now(), countedTo), (day + 1) * DAY_MS - 1);
}

/**
 * Starts a rebuild when the clock was set back (the numbers include likes that are now in the future) or when the worker
 * was away for more than a week. Otherwise returns the checkpoint unchanged.
 */
export function withClockChecked(checkpoint: Checkpoint): Checkpoint {
  const now = Date.now();
  const isSetBack = now < checkpoint.countedTo - MAX_CLOCK_LAG_MS || dayOf(now) < checkpoint.day;
  const isFarBehind = dayOf(now) > checkpoint.day + MAX_DAYS_BEHIND;
  return isSetBack || isFarBehind
    ? { ...checkpoint, countedTo: now, day: dayOf(now), rebuiltTo: 0, preparedTo: null }
    : checkpoint;
}

/** Whether the windows of the next day are missing and it begins soon, or has begun. */
export const mustPrepare = ({ day, preparedTo }: Checkpoint): boolean =>
  preparedTo !== PREPARED_ALL && (preparedTo !== null || Date.now() >= (day + 1) * DAY_MS - PREPARATION_MS);

/** The checkpoint to store: not after a position from which inputs are to be read again. */
export function notAfter(
  checkpoint: Checkpoint,
  positions: readonly Pick<Checkpoint, 'factId' | 'searchVersion'>[],
): Checkpoint {
  const all = [checkpoint, ...positions];
  return {
    ...checkpoint,
    factId: Math.min(...all.map(({ factId }) => factId)),
    searchVersion: Math.min(...all.map(({ searchVersion }) => searchVersion)),
  };
}
