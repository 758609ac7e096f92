import { Injectable } from '@nestjs/common';
import type { InferKyselyDB } from '@mikro-orm/mysql';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { LegacySyncCheckpointSchema } from './legacy-sync-checkpoint.entity.js';
import type { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';

type Tables = InferKyselyDB<typeof LegacySyncCheckpointSchema>;
export type Checkpoint = Selectable<Tables['catch_up_state']>;

/** The changes that a scan reads: those with an `updated_at` from `from` to `to`, by the clock of the database. */
export interface ScanRange {
  from: string;
  to: string;
}

export interface PropertyChange {
  id: number;
  /** `updated_at` of the property. */
  at: string;
  /** True when the search row was derived from this version of the property, and the change was logged: older releases have no log. */
  isDerived: boolean;
}

export interface LogRow {
  id: number;
  property_id: number;
}

/** The append-only tables of other programs. */
type Log = 'status_history' | 'property_likes';

/** A batch of a walk over a table by id. */
export interface Batch {
  lastId: number;
  /** True when no row has a higher id. */
  isLast: boolean;
}

/** SQL that finds what other programs have written, and SQL of the checkpoint. */
@Injectable()
export class LegacySyncReader extends SqlRepository<Tables> {
  findCheckpoint(): Promise<Checkpoint> {
    return this.db.selectFrom('catch_up_state').selectAll().executeTakeFirstOrThrow();
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.db.updateTable('catch_up_state').set(checkpoint).execute();
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

  /**
   * The range of a scan that begins now.
   * @param since when the scan before began; null to begin with the first change
   * @param lookBackSeconds how long before it a transaction may have changed rows that it had not committed yet
   */
  async findScanRange(since: string | null, lookBackSeconds: number): Promise<ScanRange> {
    // A clock that was set back makes `since` a time in the future.
    const from =
      since === null
        ? sql`'1971-01-01'`
        : sql`least(cast(${since} as datetime(3)), current_timestamp(3)) - interval ${sql.lit(lookBackSeconds)} second`;
    const { rows } = await sql<ScanRange>`
      select cast(${from} as char) as \`from\`, cast(current_timestamp(3) as char) as \`to\``.execute(
      this.db,
    );
    return rows[0] as ScanRange;
  }

  /**
   * One page of changed properties, ordered by `updated_at` and id.
   * @param after the last change of the page before; null for the first page
   */
  async findChanges(
    { from, to }: ScanRange,
    after: PropertyChange | null,
    limit: number,
  ): Promise<PropertyChange[]> {
    const page = (condition: RawBuilder<unknown>) => sql`(
      select id, updated_at from property p force index (property_updated_at)
      where ${condition} order by updated_at, id limit ${limit}
    )`;
    // A subquery for each row: without statistics, MySQL may join by a hash of the whole search table.
    // Two ranges of the index: one condition would read all rows of the same `updated_at` for each page of them.
    const pages = after
      ? sql`${page(sql`updated_at = ${after.at} and id > ${after.id}`)} union all
        ${page(sql`updated_at > ${after.at} and updated_at <= ${to}`)} order by updated_at, id limit ${limit}`
      : page(sql`updated_at >= ${from} and updated_at <= ${to}`);
    const { rows } = await sql<Omit<PropertyChange, 'isDerived'> & { isDerived: number }>`
      select p.id, p.updated_at as at, exists (
          select 1 from property_search s force index (primary) where s.property_id = p.id and s.seen_at <=> p.updated_at
            and if(s.availability is null,
              not exists (select 1 from property_change c where c.property_id = p.id and c.kind <> 'withdrawn'),
              exists (select 1 from property_change c where c.property_id = p.id and c.kind <> 'withdrawn' and c.at >= p.updated_at))
        ) as isDerived
      from (${pages}) p
      order by at, id`.execute(this.db);
    return rows.map((row) => ({ ...row, isDerived: row.isDerived === 1 }));
  }

  /** The next `limit` rows of a table by id; null after the last. */
  async findBatch(
    table: 'property' | 'property_likes' | 'like_event',
    after: number,
    limit: number,
  ): Promise<Batch | null> {
    const { rows } = await sql<{ lastId: number | null; size: number }>`
      select max(id) as lastId, count(*) as size from (
        select id from ${sql.table(table)} force index (primary) where id > ${after} order by id limit ${limit}
      ) batch`.execute(this.db);
    const { lastId = null, size = 0 } = rows[0] ?? {};
    return lastId === null ? null : { lastId, isLast: size < limit };
  }

  /** Ids of the properties with ids in `(after, to]`. */
  async findPropertyIds(after: number, to: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property where id > ${after} and id <= ${to}`.execute(this.db);
    return rows.map(({ id }) => id);
  }
}
