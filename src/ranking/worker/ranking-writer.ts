import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { lockSharedSkipLocked } from '../../database/lock-shared-skip-locked.js';
import { upsert } from '../../database/upsert.js';
import { SearchWriter } from '../../properties/search-index/search-writer.js';
import { LikesComparison } from './likes-comparison.js';
import { dateOfNumber, pastRow, type ScoreParameters, type TableRow } from './ranking-rows.js';
import type { DaysToRead } from './likes-reader.js';
import { PREPARED_ALL } from './ranking-checkpoint.js';
import { COLUMN_OF_WINDOW, dayOf, WEEK_DAYS, WINDOW_DAYS, WINDOWS } from '../model/score.js';
import { windowSetOf } from '../model/window-columns.js';
import type { Tables } from '../model/kysely-tables.js';

/** Property ids. */
export interface RefreshResult {
  /** Properties where anything but `due_at` differed. */
  changed: number[];
  /** Properties that were not written because another transaction has them locked. */
  skipped: number[];
}

const KEYS = {
  ranking: ['property_id'],
  ranking_week_ago: ['property_id'],
  ranking_day: ['property_id', 'day'],
} as const;
/** Ranked properties that one call of prepareNextDay() covers. */
const MAX_PREPARED_PROPERTIES = 1_000;
/** Rows of `ranking_past` that one call deletes. */
const MAX_PURGED_ROWS = 5_000;

const idOf = (row: TableRow): number => Number(row['property_id']);

/** All statements that write ranking tables. Call them in a transaction that has called RankingCheckpoints.lock() first. */
@Injectable()
export class RankingWriter extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly comparison: LikesComparison,
    private readonly search: SearchWriter,
  ) {
    super(em);
  }

  /**
   * Recomputes all rows of these properties from their current likes and writes the differences. Idempotent.
   * @param version the version to store in changed rows
   * @param options.waitForLocks whether to wait for properties that other transactions have locked, or to skip them
   */
  async refresh(
    daysById: ReadonlyMap<number, DaysToRead>,
    parameters: ScoreParameters,
    version: number,
    options: { waitForLocks: boolean },
  ): Promise<RefreshResult> {
    if (daysById.size === 0) return { changed: [], skipped: [] };
    const comparison = await this.comparison.compare(daysById, parameters);
    const { existing, stored, now, weekAgo, days, popularity, changed } = comparison;
    const written = new Set([...changed, ...now.toWrite.map(idOf)]);
    // Each written row has a foreign key to its property, and needs a shared lock on it.
    const locked = options.waitForLocks
      ? written
      : await lockSharedSkipLocked(this.db, 'property', [...written]);
    const skipped = existing.filter((id) => written.has(id) && !locked.has(id));
    if (skipped.length > 0) {
      const others = new Map([...daysById].filter(([id]) => !skipped.includes(id)));
      const result = await this.refresh(others, parameters, version, options);
      return { changed: result.changed, skipped: [...skipped, ...result.skipped] };
    }
    // A changed week-ago row is found by the version of its `ranking` row.
    const changesVersion = new Set([...now.changedIds, ...weekAgo.changedIds]);
    const versions = new Map(stored.now.map((row) => [idOf(row), row['version'] as number]));
    const replaced = new Set([...now.toWrite, ...now.toDelete].map(idOf));
    const past = [
      ...stored.now
        .filter((row) => changesVersion.has(idOf(row)) && replaced.has(idOf(row)))
        .map((row) => ({ was: 'ranking', row })),
      ...weekAgo.changedRows.map((row) => ({ was: 'ranking_week_ago', row })),
    ];
    await upsert(
      this.db,
      'ranking_past',
      past.map(({ was, row }) => ({
        was,
        ...pastRow(row, dayOf(parameters.time)),
        since_version: row['version'],
        until_version: version,
      })),
    );
    const versioned = now.toWrite.map((row) => ({
      ...row,
      version: changesVersion.has(idOf(row)) ? version : (versions.get(idOf(row)) as number),
    }));
    // All writers lock rows of `property` before rows of `property_search`.
    await this.#write('ranking', versioned, now.toDelete);
    const weekAgoRows = weekAgo.toWrite.map((row) => ({ ...row, version }));
    await this.#write('ranking_week_ago', weekAgoRows, weekAgo.toDelete);
    await this.#write('ranking_day', days.toWrite, days.toDelete);
    await this.search.setPopularity(popularity);
    return { changed: [...changed], skipped };
  }

  /**
   * Stores the windows of the next day for the next properties: copies today's windows and subtracts the day that leaves each.
   * @param day the next day, in days since 1970
   * Stops before a property that another transaction is deleting.
   * @returns the last property that has them; PREPARED_ALL when it was the last of all
   */
  async prepareNextDay(day: number, after: number): Promise<number> {
    const preparedTo = await this.#lockNextProperties(after);
    if (preparedTo === after) return after;
    const [from, to] = [windowSetOf(day - 1), windowSetOf(day)];
    for (const [table, lag] of [
      ['ranking', 0],
      ['ranking_week_ago', WEEK_DAYS],
    ] as const) {
      const windows = WINDOWS.map((window) => ({
        column: COLUMN_OF_WINDOW[window],
        leaving: WINDOW_DAYS[window] === Infinity ? null : dateOfNumber(day - WINDOW_DAYS[window] - lag),
      }));
      const dates = windows.flatMap(({ leaving }) => leaving ?? []);
      const likesOf = windows.flatMap(({ column, leaving }) =>
        leaving ? [sql`sum(if(day = ${leaving}, standing, 0)) as ${sql.ref(column)}`] : [],
      );
      const assignments = windows.map(({ column, leaving }) => {
        const left = leaving ? sql` - coalesce(${sql.ref(`l.${column}`)}, 0)` : sql``;
        return sql`${sql.ref(`r.${to[column]}`)} = ${sql.ref(`r.${from[column]}`)}${left}`;
      });
      await sql`
        update ${sql.table(table)} r left join (
          select property_id, ${sql.join(likesOf)} from ranking_day
          where day in (${sql.join(dates)}) and property_id > ${after} and property_id <= ${preparedTo}
          group by property_id
        ) l on l.property_id = r.property_id
        set ${sql.join(assignments)}
        where r.property_id > ${after} and r.property_id <= ${preparedTo}`.execute(this.db);
    }
    return preparedTo;
  }

  async #lockNextProperties(after: number): Promise<number> {
    const next = sql`
      select property_id as id from ranking where property_id > ${after} order by property_id limit ${MAX_PREPARED_PROPERTIES}`;
    const { rows: all } = await sql<{ id: number }>`${next}`.execute(this.db);
    const { rows: free } = await sql<{ id: number }>`${next} for update skip locked`.execute(this.db);
    const freeIds = new Set(free.map(({ id }) => id));
    const lockedAt = all.findIndex(({ id }) => !freeIds.has(id));
    if (lockedAt >= 0) return all[lockedAt - 1]?.id ?? after;
    return all.length < MAX_PREPARED_PROPERTIES ? PREPARED_ALL : all.at(-1)!.id;
  }

  /** Deletes a batch of old numbers that were replaced in this version or before. */
  async purgePast(version: number): Promise<void> {
    await sql`delete from ranking_past where until_version <= ${version} limit ${MAX_PURGED_ROWS}`.execute(
      this.db,
    );
  }

  async #write(
    table: keyof typeof KEYS,
    toWrite: readonly TableRow[],
    toDelete: readonly TableRow[],
  ): Promise<void> {
    await upsert(this.db, table, toWrite);
    if (toDelete.length === 0) return;
    const keys = toDelete.map(
      (row) =>
        sql`(${sql.join(
          KEYS[table].map((column) => sql`${sql.ref(column)} = ${row[column]}`),
          sql` and `,
        )})`,
    );
    await sql`delete from ${sql.table(table)} where ${sql.join(keys, sql` or `)}`.execute(this.db);
  }
}
