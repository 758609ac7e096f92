import { sql } from 'kysely';
import type { Position } from '../../http/cursors.js';
import type { PropertyFilter } from './filter.js';
import type { SortKey } from './sort.js';
import { all, type Condition, type IndexRange, indexRangesOf, type Sql } from './filter-sql.js';

// Subqueries that return the keys of a page: `property_id`, and the sort value `k`. A row of `property_search` is `s`,
// a row of `property_words` is `w`. The server joins in the order in which the tables are written.

/** The order of a page. Ties are broken by id in the same direction. */
export interface Order {
  readonly key: Sql;
  readonly direction: SortKey['direction'];
}

export const LOCATION_INDEX = 'property_search_location';

/** A column that an index has in order, for the country and for a city. `newest` is `status_since`. */
export type IndexedColumn = Exclude<Condition['on'], 'other'> | 'newest' | 'popularity';

/** The index on `column`: of a city when `filter` names cities, else of the country. */
export function indexOn(column: IndexedColumn, { cityKeys }: PropertyFilter): string {
  if (column === 'location') return LOCATION_INDEX;
  return `property_search_${cityKeys ? 'city_' : ''}${column}`;
}

/** The fastest index for a read of all rows: the `newest` index of a city, or the table itself. */
export function fullScanIndex(filter: PropertyFilter): string {
  return filter.cityKeys ? indexOn('newest', filter) : 'PRIMARY';
}

/** `from` clause: the rows of an index. @param options.words joins the text of each row as `w` */
export function fromIndex(index: string, { words = false } = {}): Sql {
  return sql`property_search s force index (${sql.id(index)}) ${words ? joinWords : sql``}`;
}

/** `from` clause: the rows that the full-text index finds. */
export const FROM_FULLTEXT = sql`property_words w straight_join property_search s on s.property_id = w.property_id`;

const joinWords = sql`straight_join property_words w on w.property_id = s.property_id`;

/** Condition: a row comes after `position`. Not a row comparison: MySQL does not read `(a, b) > (?, ?)` as an index range. */
export function isAfter({ key, direction }: Order, [value, id]: Position): Sql {
  const beyond = sql.raw(direction === 'asc' ? '>' : '<');
  if (value === null) return sql`s.property_id ${beyond} ${id}`;
  if (id === null) return sql`${key} ${beyond} ${value}`;
  return sql`(${key} ${beyond} ${value} or (${key} = ${value} and s.property_id ${beyond} ${id}))`;
}

/**
 * Walk: reads an index in its order until `limit` rows meet `conditions`. Several index ranges are merged.
 * @param options.words joins the text of each row as `w`
 * @param options.columns further columns to return, for `narrow` with a covering index
 */
export function walk(
  filter: PropertyFilter,
  index: string,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
  { words = false, columns = [] as readonly string[] } = {},
): Sql {
  const direction = sql.raw(order.direction);
  const selected = sql.join([
    sql`s.property_id`,
    sql`${order.key} as k`,
    ...columns.map((column) => sql.ref(`s.${column}`)),
  ]);
  const ranges = indexRangesOf(filter).map(
    (range) => sql`
    (select ${selected} from ${fromIndex(index, { words })} ${walkRange(range, order, conditions, limit)})`,
  );
  if (ranges.length === 1) return ranges[0] as Sql;
  return sql`(select * from (${sql.join(ranges, sql` union all `)}) branches
    order by k ${direction}, property_id ${direction} limit ${limit})`;
}

/**
 * Narrow: checks `conditions` on the rows of `beginning`, the first rows of a walk, and reads no row after them.
 * @param options.covering `beginning` returns every column that `conditions` read, so no row is looked up
 */
export function narrow(
  beginning: Sql,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
  { words, covering }: { words: boolean; covering: boolean },
): Sql {
  const direction = sql.raw(order.direction);
  const from = covering
    ? sql`${beginning} s`
    : sql`${beginning} span straight_join property_search s on s.property_id = span.property_id`;
  return sql`(select s.property_id, k from ${from} ${words ? joinWords : sql``}
    where ${all(conditions)} order by k ${direction}, s.property_id ${direction} limit ${limit})`;
}

/** Reads all rows of `from` that meet `conditions`, sorts them and returns the first `limit`. For few rows. */
export function sortMatches(from: Sql, order: Order, conditions: readonly Sql[], limit: number): Sql {
  const direction = sql.raw(order.direction);
  return sql`(select s.property_id, ${order.key} as k from ${from}
    where ${all(conditions)} order by k ${direction}, s.property_id ${direction} limit ${limit})`;
}

/** The `where`, `order by` and `limit` of a walk of one index range. */
export function walkRange(
  { availability, cityKey }: IndexRange,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
): Sql {
  const direction = sql.raw(order.direction);
  const inRange = [
    availability === null ? sql`s.availability is null` : sql`s.availability = ${availability}`,
    ...(cityKey === undefined ? [] : [sql`s.city_key = ${cityKey}`]),
  ];
  return sql`where ${all([...inRange, ...conditions])}
    order by ${order.key} ${direction}, s.property_id ${direction} limit ${limit}`;
}
