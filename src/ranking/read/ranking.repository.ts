import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { LIST_COLUMNS } from '../../properties/model/property-row.js';
import { all, indexRangesOf, type Sql } from '../../properties/search/filter-sql.js';
import {
  compareKeys,
  filterConditions,
  hasScore,
  isBetter,
  isWorse,
  keyColumns,
  matches,
  type NumbersTable,
  orderBy,
  pastRows,
  type RankingKey,
  type RankingQuery,
  selectFromRange,
  selectVisible,
  sortedRows,
  wasValidAt,
} from './ranking-query.js';
import { type NumbersRow, type RankedRow, type SnapshotRow } from './ranking-row.js';
import type { Tables } from '../model/kysely-tables.js';
import { SORT_COLUMNS } from '../model/score.js';
import { type ListColumns, listColumnsOf } from '../model/window-columns.js';

/** Rows that countBetter() reads in order per key before it counts instead. */
const WALKED_ROWS_PER_KEY = 20;

/** The queries of the ranking tables for lists and for one property. */
@Injectable()
export class RankingRepository extends SqlRepository<Tables> {
  async findSnapshot(): Promise<SnapshotRow> {
    const { rows } = await sql<SnapshotRow>`
      select version, half_life_days as halfLifeDays, counted_to as countedTo, day,
        (select min(due_at) from ranking) as dueAt
      from ranking_state`.execute(this.db);
    return rows[0]!;
  }

  /**
   * The next page after a key. Properties that were hidden or sold since their last computation are excluded.
   * @param after null for the first page
   * @param version the version that the page shows; null for the current one
   */
  async findPage(
    query: RankingQuery,
    after: RankingKey | null,
    version: number | null,
    limit: number,
  ): Promise<RankedRow[]> {
    const conditionsIn = (list: ListColumns): Sql[] => [
      ...filterConditions(query, list),
      ...(after ? [isWorse(list, after)] : []),
    ];
    const { columns: list } = sortedRows('ranking', query);
    const conditions = conditionsIn(list);
    const ranges = indexRangesOf(query.filter);
    const [range] = ranges;
    if (!range) return [];
    const current = sql`(select version from ranking_state) as version`;
    // Only the trending list needs d7: in the others the value is the number of likes.
    const isTrending = query.sortColumn === 'hot';
    const week = isTrending ? sql.ref(`s.${listColumnsOf('d7', query.day).value}`) : sql`0`;
    // One range is in order, so its rows are read with all their columns.
    if (ranges.length === 1 && version === null) {
      const columns = sql`${week} as d7, s.untrusted, ${current}, ${LIST_COLUMNS}`;
      const { rows } = await sql<RankedRow>`
        ${selectFromRange(query, range, conditions, limit, columns)}`.execute(this.db);
      return rows;
    }
    const columns = sql`${week} as d7, s.untrusted, ${current}`;
    const unchanged = version === null ? conditions : [...conditions, sql`s.version <= ${version}`];
    const selects = ranges.map((one) => selectFromRange(query, one, unchanged, limit, columns));
    if (version !== null) {
      const past = pastRows(query);
      const wereValid = [wasValidAt('ranking', version), past.inScopes, ...conditionsIn(past.columns)];
      const columnsOfPast = sql`${isTrending ? sql`s.d7` : sql`0`} as d7, s.untrusted, ${current}`;
      selects.push(selectVisible(query, past, sql`s.availability`, wereValid, limit, columnsOfPast));
    }
    return this.#mergeSorted(selects, limit);
  }

  /**
   * Counts the properties that are better than each key. The keys themselves need not match the filter. Several keys can take
   * two statements: call inside a transaction, so that both see the same rows.
   * @returns the counts by property id
   */
  async countBetter(
    table: NumbersTable,
    query: RankingQuery,
    keys: readonly RankingKey[],
  ): Promise<Map<number, number>> {
    if (keys.length === 0 || query.filter.statuses.length === 0) return new Map();
    const sorted = keys.toSorted(compareKeys);
    const better = new Map<number, number>();
    // One range of the index is in order: its best rows are read once. Several ranges would have to be sorted.
    const isInOrder = indexRangesOf(query.filter).length === 1;
    const limit = isInOrder && sorted.length > 1 ? sorted.length * WALKED_ROWS_PER_KEY : 0;
    const walked = limit > 0 ? await this.findKeys(table, query, null, limit, sorted.at(-1)) : [];
    // A full walk ends at `last`: worse keys are counted from there.
    const last = walked.length === limit ? walked.at(-1) : undefined;
    const isCounted = (key: RankingKey): boolean =>
      limit === 0 || (last !== undefined && compareKeys(last, key) < 0);
    let position = 0;
    for (const key of sorted) {
      if (isCounted(key)) break;
      while (position < walked.length && compareKeys(walked[position]!, key) < 0) position++;
      better.set(key.property_id, position);
    }
    const deep = sorted.filter(isCounted);
    if (deep.length === 0) return better;
    const counts = await this.#countRanges(table, query, deep, last);
    let sum = last ? walked.length - 1 : 0;
    counts.forEach((properties, i) => better.set(deep[i]!.property_id, (sum += properties)));
    return better;
  }

  /** Counts the properties from each sorted key to the next, so no property is counted twice. The first range begins at `start`. */
  async #countRanges(
    table: NumbersTable,
    query: RankingQuery,
    sorted: readonly RankingKey[],
    start: RankingKey | undefined,
  ): Promise<number[]> {
    const source = sortedRows(table, query);
    const { from, columns } = source;
    const counts = sorted.map((key, i) => {
      const before = sorted[i - 1] ?? start;
      const notBefore = before ? sql`and not ${isBetter(columns, before)}` : sql``;
      return sql`(select ${sql.lit(i)} as i, count(*) as properties from ${from}
        where ${matches(query, source)} and ${isBetter(columns, key)} ${notBefore})`;
    });
    const { rows } = await sql<{ properties: number }>`
      ${sql.join(counts, sql` union all `)} order by i`.execute(this.db);
    return rows.map(({ properties }) => properties);
  }

  async countAll(query: RankingQuery): Promise<number> {
    if (query.filter.statuses.length === 0) return 0;
    const source = sortedRows('ranking', query);
    const { rows } = await sql<{ properties: number }>`
      select count(*) as properties from ${source.from} where ${matches(query, source)}`.execute(this.db);
    return rows[0]!.properties;
  }

  /** The next batch of keys of a list, in its order: only keys that are better than `end`, if given. */
  async findKeys(
    table: NumbersTable,
    query: RankingQuery,
    after: RankingKey | null,
    limit: number,
    end?: RankingKey,
  ): Promise<RankingKey[]> {
    const source = sortedRows(table, query);
    const { from, columns } = source;
    const conditions = [matches(query, source)];
    if (after) conditions.push(isWorse(columns, after));
    if (end) conditions.push(isBetter(columns, end));
    const { rows } = await sql<RankingKey>`
      select ${keyColumns(columns)} from ${from}
      where ${all(conditions)} order by ${orderBy(columns)} limit ${limit}`.execute(this.db);
    return rows;
  }

  /** The week-ago keys of the properties among `ids` that had a score then and have not changed since a version. */
  async findUnchangedWeekAgoKeys(
    query: RankingQuery,
    version: number,
    ids: readonly number[],
  ): Promise<RankingKey[]> {
    if (ids.length === 0) return [];
    const { columns } = sortedRows('ranking_week_ago', query);
    const { rows } = await sql<RankingKey>`
      select ${keyColumns(columns)}
      from ranking_week_ago s
      where s.property_id in (${sql.join(ids)}) and s.version <= ${version} and ${hasScore(query, columns)}`.execute(
      this.db,
    );
    return rows;
  }

  /** The week-ago keys of properties that have changed since a version: the current keys, and the keys at that version. */
  async findChangedWeekAgoKeys(
    query: RankingQuery,
    version: number,
  ): Promise<{ now: RankingKey[]; past: RankingKey[] }> {
    const [current, old] = [sortedRows('ranking_week_ago', query), pastRows(query)];
    const { rows: now } = await sql<RankingKey>`
      select ${keyColumns(current.columns)}
      from ranking r force index (ranking_version) straight_join ranking_week_ago s on s.property_id = r.property_id
      where r.version > ${version} and s.version > ${version} and ${matches(query, current)}`.execute(
      this.db,
    );
    const { rows: past } = await sql<RankingKey>`
      select ${keyColumns(old.columns)} from ${old.from}
      where ${wasValidAt('ranking_week_ago', version)} and ${matches(query, old)}`.execute(this.db);
    return { now, past };
  }

  /** @param day the last UTC day of the windows, in days since 1970 */
  async findNumbers(table: NumbersTable, id: number, day: number): Promise<NumbersRow | null> {
    const numbers = SORT_COLUMNS.map((column) => `${listColumnsOf(column, day).value} as ${column}`);
    const untrusted = sql.raw(table === 'ranking' ? 'untrusted' : '0 as untrusted');
    const { rows } = await sql<NumbersRow>`
      select ${sql.raw(numbers.join(', '))}, ${untrusted} from ${sql.table(table)} where property_id = ${id}`.execute(
      this.db,
    );
    return rows[0] ?? null;
  }

  /** The first rows of several sorted selects, then their other columns. */
  async #mergeSorted(selects: readonly Sql[], limit: number): Promise<RankedRow[]> {
    const { rows } = await sql<RankedRow>`
      select ranked.*, ${LIST_COLUMNS} from (
        ${sql.join(
          selects.map((one) => sql`(${one})`),
          sql` union all `,
        )}
        order by value desc, total desc, tie desc limit ${sql.lit(limit)}
      ) ranked straight_join property p on p.id = ranked.property_id
      order by value desc, total desc, tie desc`.execute(this.db);
    return rows;
  }
}
