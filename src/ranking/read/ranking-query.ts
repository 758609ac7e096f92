import { sql } from 'kysely';
import type { PropertyFilter } from '../../properties/search/filter.js';
import {
  all,
  type IndexRange,
  conditionsOf,
  type Sql,
  type StatusIds,
} from '../../properties/search/filter-sql.js';
import { minTrendingNumber, type SortColumn } from '../model/score.js';

/** The current numbers, or the numbers of seven days before. */
export type NumbersTable = 'ranking' | 'ranking_week_ago';

export interface RankingQuery {
  readonly sortColumn: SortColumn;
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  /** Milliseconds since 1970. */
  readonly asOf: number;
  readonly halfLifeDays: number;
}

/** A position in a ranking: higher `value` first, then higher `total`, then lower id. */
export interface RankingKey {
  readonly property_id: number;
  /** The value of the sort column. */
  readonly value: number;
  readonly total: number;
}
/** Sorts the better key first. */
export function compareKeys(a: RankingKey, b: RankingKey): number {
  return b.value - a.value || b.total - a.total || a.property_id - b.property_id;
}

export const orderBy = (column: SortColumn): string => `s.${column} desc, s.total desc, s.tie desc`;

/** Reads a table `s` from the index that has the order of the query. */
export function fromSortIndex(table: NumbersTable, { sortColumn, filter }: RankingQuery): Sql {
  const index = `${table}_${filter.cityKeys ? 'city_' : ''}${sortColumn}`;
  return sql`${sql.table(table)} s force index (${sql.id(index)})`;
}

/** Reads the old numbers of changed properties. */
export const FROM_PAST = sql`ranking_past s force index (ranking_past_until)`;

/** Selects the old rows of a table that were valid at a version. */
export function wasValidAt(table: NumbersTable, version: number): Sql {
  return sql`s.until_version > ${version} and s.was = ${table} and s.since_version <= ${version}`;
}

export const valueOf = ({ sortColumn }: RankingQuery): Sql => sql.raw(`s.${sortColumn}`);

/** All conditions of a query except availability and city. */
export function filterConditions(query: RankingQuery): Sql[] {
  const { filter, statusIds } = query;
  return [hasScore(query), ...conditionsOf(filter, statusIds).map(({ sql: condition }) => condition)];
}

/** A property is ranked when its value is greater than this. */
export function valueOfNoScore({ sortColumn, asOf, halfLifeDays }: RankingQuery): number {
  return sortColumn === 'hot' ? minTrendingNumber(asOf, halfLifeDays) : 0;
}

export function hasScore(query: RankingQuery): Sql {
  return sql`${valueOf(query)} > ${sql.lit(valueOfNoScore(query))}`;
}

export const isBetter = (column: SortColumn, key: RankingKey): Sql => compareRow(column, key, '>');
export const isWorse = (column: SortColumn, key: RankingKey): Sql => compareRow(column, key, '<');

// Written column by column: MySQL does not use an index range for a row comparison.
function compareRow(
  sortColumn: SortColumn,
  { value, total, property_id }: RankingKey,
  operator: '>' | '<',
): Sql {
  const than = sql.raw(operator);
  const byId = sql`s.total = ${total} and s.tie ${than} ${-property_id}`;
  if (sortColumn === 'total') return sql`(s.total ${than} ${total} or (${byId}))`;
  const column = sql.raw(`s.${sortColumn}`);
  return sql`(${column} ${than} ${value} or (${column} = ${value} and (s.total ${than} ${total} or (${byId}))))`;
}

/** Selects the first properties of one availability, and of one city if given: a range of the sort index, in its order. */
export function selectFromRange(
  query: RankingQuery,
  { availability, cityKey }: IndexRange,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const isInRange = [
    sql`s.availability = ${availability}`,
    ...(cityKey === undefined ? [] : [sql`s.city_key = ${cityKey}`]),
  ];
  const from = fromSortIndex('ranking', query);
  return selectVisible(query, from, [...isInRange, ...conditions], limit, columns);
}

/** Selects the first properties of `from` whose availability (and status, if filtered) is still the stored one. */
export function selectVisible(
  query: RankingQuery,
  from: Sql,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const { sortColumn, filter, statusIds } = query;
  const filtersStatus = conditionsOf(filter, statusIds).some((condition) =>
    condition.columns.includes('status_id'),
  );
  return sql`
    select s.property_id, ${valueOf(query)} as value, s.total, ${columns}
    from ${from} straight_join property p on p.id = s.property_id and p.availability = s.availability
      ${filtersStatus ? sql`and p.current_status_id = s.status_id` : sql``}
    where ${all(conditions)}
    order by ${sql.raw(orderBy(sortColumn))} limit ${sql.lit(limit)}`;
}
