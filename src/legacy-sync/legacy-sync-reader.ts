import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { newestStatuses } from '../properties/model/newest-status.js';
import { SqlRepository } from '../database/sql-repository.js';
import type { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';

/** The row of `catch_up_state`. */
export interface Checkpoint {
  statusHistoryId: number;
  likeId: number;
  /** In the database's zone. */
  changedTo: string | null;
  sweptTo: number;
  sweptCity: string;
}

/** Where a scan of the changed properties begins. */
export interface ScanStart {
  /** `updated_at` of the checkpoint; null to begin with the first change. */
  changedTo: string | null;
  /** How far before `changedTo` the scan begins, for rows that committed late. */
  lookBackSeconds: number;
}

export interface PropertyChange {
  id: number;
  /** `updated_at` of the property. */
  at: string;
  /** True when the search row was derived from this version of the property. */
  isDerived: boolean;
}

export interface LogRow {
  id: number;
  property_id: number;
}

/** The append-only tables of other programs. */
type Log = 'status_history' | 'property_likes';

/** SQL that finds what other programs have written, and SQL of the checkpoint. */
@Injectable()
export class LegacySyncReader extends SqlRepository {
  async findCheckpoint(): Promise<Checkpoint> {
    const { rows } = await sql<Checkpoint>`
      select status_history_id as statusHistoryId, like_id as likeId, changed_to as changedTo, swept_to as sweptTo,
        swept_city as sweptCity
      from catch_up_state`.execute(this.db);
    return rows[0] as Checkpoint;
  }

  async saveCheckpoint({
    statusHistoryId,
    likeId,
    changedTo,
    sweptTo,
    sweptCity,
  }: Checkpoint): Promise<void> {
    await sql`update catch_up_state set status_history_id = ${statusHistoryId}, like_id = ${likeId},
      changed_to = ${changedTo}, swept_to = ${sweptTo}, swept_city = ${sweptCity}`.execute(this.db);
  }

  /** The next `limit` rows of a log; `withLate` adds the unread rows before the cursor, which committed late. */
  async findRows(log: Log, cursor: GapTolerantCursor, withLate: boolean, limit: number): Promise<LogRow[]> {
    const columns = sql`select id, property_id from ${sql.table(log)}`;
    const { rows: next } = await sql<LogRow>`
      ${columns} where id > ${cursor.last} order by id limit ${limit}`.execute(this.db);
    if (!withLate || cursor.settled === cursor.last) return next;
    const { rows: earlier } = await sql<LogRow>`
      ${columns} where id > ${cursor.settled} and id < ${cursor.last} order by id`.execute(this.db);
    const late = earlier.filter(({ id }) => !cursor.hasSeen(id));
    return [...late, ...next];
  }

  /** The properties among `ids` whose stored current status differs from the newest row of their status history. */
  async findStaleStatuses(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<{ id: number }>`
      select p.id from property p
      left join ${newestStatuses(ids)} newest on newest.property_id = p.id
      where p.id in (${sql.join(ids)})
        and not (p.current_status_id <=> newest.status_id and p.status_since <=> newest.update_date)`.execute(
      this.db,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * One page of changed properties, ordered by `updated_at` and id.
   * @param start where the first page begins
   * @param after the last change of the page before; null for the first page
   */
  async findChanges(
    start: ScanStart,
    after: PropertyChange | null,
    limit: number,
  ): Promise<PropertyChange[]> {
    const from = after
      ? sql`p.updated_at >= ${after.at} and (p.updated_at > ${after.at} or p.id > ${after.id})`
      : sql`p.updated_at >= ${start.changedTo === null ? sql`'1971-01-01'` : sql`${start.changedTo} - interval ${sql.lit(start.lookBackSeconds)} second`}`;
    const { rows } = await sql<Omit<PropertyChange, 'isDerived'> & { isDerived: number }>`
      select p.id, p.updated_at as at, s.property_id is not null and p.updated_at <=> s.seen_at as isDerived
      from (
        select id, updated_at from property p force index (property_updated_at)
        where ${from} order by updated_at, id limit ${limit}
      ) p
      left join property_search s on s.property_id = p.id
      order by at, id`.execute(this.db);
    return rows.map((row) => ({ ...row, isDerived: row.isDerived === 1 }));
  }

  /** The greatest `updated_at` that is not in the future; null when there is none. */
  async findLastChangeTime(): Promise<string | null> {
    const { rows } = await sql<{ at: string | null }>`
      select max(updated_at) as at from property where updated_at <= current_timestamp(3)`.execute(this.db);
    return rows[0]?.at ?? null;
  }

  /** Ids of the next `limit` properties after `after`, in id order. */
  async findPropertyIds(after: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property where id > ${after} order by id limit ${limit}`.execute(this.db);
    return rows.map(({ id }) => id);
  }
}
