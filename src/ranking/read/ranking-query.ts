import { sql } from 'kysely';
import type { PropertyFilter } from '../../properties/search/filter.js';
import {
  all,
  conditionsOf,
  type IndexRange,
  indexRangesOf,
  inIndexRanges,
  type Sql,
  type StatusIds,
} from '../../properties/search/filter-sql.js';
import { scopeOf } from '../model/scope.js';
import { minTrendingNumber, type SortColumn } from '../model/score.js';
import { type ListColumns, listColumnsOf, sortIndexOf } from '../model/window-columns.js';

/** The current numbers, or the numbers of seven days before. */
export type NumbersTable = 'ranking' | 'ranking_week_ago';

export interface RankingQuery {
  readonly sortColumn: SortColumn;
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  /** Milliseconds since 1970. */
  readonly asOf: number;
  readonly halfLifeDays: number;
  /** The last UTC day of all windows, in days since 1970: it selects the columns of the windows. */
  readonly day: number;
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

/** Rows `s` of a list: where they are read from, and their columns. */
export interface ListSource {
  readonly from: Sql;
  readonly columns: ListColumns;
  /** Condition: the row has the availability and city of the query. */
  readonly inScopes: Sql;
}

/** Reads a table from the index that has the order of the query. */
export function sortedRows(table: NumbersTable, { sortColumn, filter, day }: RankingQuery): ListSource {
  const columns = listColumnsOf(sortColumn, day);
  const index = sortIndexOf(table, filter.cityKeys ? 'city' : 'country', columns.value);
  const scopes = indexRangesOf(filter).map((range) => scopeOf(range));
  return {
    from: sql`${sql.table(table)} s force index (${sql.id(index)})`,
    columns,
    inScopes: scopes.length > 0 ? sql`${scopeColumn(filter)} in (${sql.join(scopes)})` : sql`false`,
  };
}

/** Reads the old numbers of changed properties. */
export function pastRows({ sortColumn, filter }: RankingQuery): ListSource {
  return {
    from: sql`ranking_past s force index (ranking_past_until)`,
    columns: { value: sortColumn, total: 'total' },
    inScopes: inIndexRanges(filter),
  };
}

const scopeColumn = ({ cityKeys }: PropertyFilter): Sql =>
  sql.raw(cityKeys ? 's.city_scope' : 's.country_scope');

/** Selects the old rows of a table that were valid at a version. */
export function wasValidAt(table: NumbersTable, version: number): Sql {
  return sql`s.until_version > ${version} and s.was = ${table} and s.since_version <= ${version}`;
}

export const orderBy = ({ value, total }: ListColumns): Sql =>
  sql.raw(`s.${value} desc, s.${total} desc, s.tie desc`);

/** The columns of a RankingKey. */
export const keyColumns = ({ value, total }: ListColumns): Sql =>
  sql.raw(`s.property_id, s.${value} as value, s.${total} as total`);

/** Condition: the row is in the list of the query. */
export function matches(query: RankingQuery, { columns, inScopes }: ListSource): Sql {
  return all([inScopes, ...filterConditions(query, columns)]);
}

/** All conditions of a query except availability and city. */
export function filterConditions(query: RankingQuery, columns: ListColumns): Sql[] {
  const { filter, statusIds } = query;
  return [
    hasScore(query, columns),
    ...conditionsOf(filter, statusIds).map(({ sql: condition }) => condition),
  ];
}

/** A property is ranked when its value is greater than this. */
export function valueOfNoScore({ sortColumn, asOf, halfLifeDays }: RankingQuery): number {
  return sortColumn === 'hot' ? minTrendingNumber(asOf, halfLifeDays) : 0;
}

export function hasScore(query: RankingQuery, { value }: ListColumns): Sql {
  return sql`${sql.ref(`s.${value}`)} > ${sql.lit(valueOfNoScore(query))}`;
}

export const isBetter = (columns: ListColumns, key: RankingKey): Sql => compareRow(columns, key, '>');
export const isWorse = (columns: ListColumns, key: RankingKey): Sql => compareRow(columns, key, '<');

// Written column by column: MySQL does not use an index range for a row comparison.
function compareRow(
  columns: ListColumns,
  { value, total, property_id }: RankingKey,
  operator: '>' | '<',
): Sql {
  const than = sql.raw(operator);
  const [valueColumn, totalColumn] = [sql.ref(`s.${columns.value}`), sql.ref(`s.${columns.total}`)];
  const byId = sql`${totalColumn} = ${total} and s.tie ${than} ${-property_id}`;
  const byTotal = sql`(${totalColumn} ${than} ${total} or (${byId}))`;
  if (columns.value === columns.total) return byTotal;
  return sql`(${valueColumn} ${than} ${value} or (${valueColumn} = ${value} and ${byTotal}))`;
}

/** Selects the first properties of one availability, and of one city if given: a range of the sort index, in its order. */
export function selectFromRange(
  query: RankingQuery,
  range: IndexRange,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const inRange = sql`${scopeColumn(query.filter)} = ${scopeOf(range)}`;
  const source = sortedRows('ranking', query);
  return selectVisible(query, source, sql`${range.availability}`, [inRange, ...conditions], limit, columns);
}

/** Selects the first properties whose availability is still this one, and whose status (if filtered) is still the stored one. */
export function selectVisible(
  { filter, statusIds }: RankingQuery,
  { from, columns: list }: ListSource,
  availability: Sql,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const filtersStatus = conditionsOf(filter, statusIds).some((condition) =>
    condition.columns.includes('status_id'),
  );
  return sql`
    select ${keyColumns(list)}, s.tie, ${columns}
    from ${from} straight_join property p on p.id = s.property_id and p.availability = ${availability}
      ${filtersStatus ? sql`and p.current_status_id = s.status_id` : sql``}
    where ${all(conditions)}
    order by ${orderBy(list)} limit ${sql.lit(limit)}`;
}
