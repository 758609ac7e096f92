import { sql } from 'kysely';
import type { Position } from '../../http/pagination.js';
import type { PropertyFilter } from './filter.js';
import type { SortKey } from './sort.js';
import { all, type Branch, branchesOf, type Condition, type Sql } from './filter-sql.js';

// Statements that give the keys of a page: `property_id`, and `k` to order them by. A row of `property_search` is `s`,
// one of `property_words` is `w`. Joins go in the order in which they are written.

/** What a page is ordered by, ties by id in the same direction. */
export interface Order {
  readonly key: Sql;
  readonly direction: SortKey['direction'];
}

export const LOCATION = 'property_search_location';

/** What has an index, in the country and in a city. */
export type IndexedColumn = Exclude<Condition['on'], 'other'> | 'newest' | 'popularity';

/** The index that has `column` in order, in the country or in a city. */
export function indexOn(column: IndexedColumn, { cityKeys }: PropertyFilter): string {
  if (column === 'location') return LOCATION;
  return `property_search_${cityKeys ? 'city_' : ''}${column}`;
}

/** The index that is read fastest from end to end: the one that has all of a city, or the table itself. */
export function indexOfAll(filter: PropertyFilter): string {
  return filter.cityKeys ? indexOn('newest', filter) : 'PRIMARY';
}

/** What an index leads to; with `words` their texts, too. */
export function source(index: string, { words = false } = {}): Sql {
  return sql`property_search s force index (${sql.id(index)}) ${words ? joinWords : sql``}`;
}

/** What the full text index leads to. */
export const BY_WORDS = sql`property_words w straight_join property_search s on s.property_id = w.property_id`;

const joinWords = sql`straight_join property_words w on w.property_id = s.property_id`;

/** That a row comes after `position`. Spelt out: of a row comparison MySQL makes no range of the index. */
export function isAfter({ key, direction }: Order, [value, id]: Position): Sql {
  const beyond = sql.raw(direction === 'asc' ? '>' : '<');
  if (value === null) return sql`s.property_id ${beyond} ${id}`;
  if (id === null) return sql`${key} ${beyond} ${value}`;
  return sql`(${key} ${beyond} ${value} or (${key} = ${value} and s.property_id ${beyond} ${id}))`;
}

/** The first `limit` rows, read off an index that has them in order: a range of it for each branch, merged. */
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
  const parts = branchesOf(filter).map(
    (branch) => sql`
    (select ${selected} from ${source(index, { words })} ${inBranch(branch, order, conditions, limit)})`,
  );
  if (parts.length === 1) return parts[0] as Sql;
  return sql`(select * from (${sql.join(parts, sql` union all `)}) branches
    order by k ${direction}, property_id ${direction} limit ${limit})`;
}

/** Those of the first rows of a walk that meet `conditions` too, at most `limit`: looks at no row beyond. */
export function narrow(
  span: Sql,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
  { words, covering }: { words: boolean; covering: boolean },
): Sql {
  const direction = sql.raw(order.direction);
  const from = covering
    ? sql`${span} s`
    : sql`${span} span straight_join property_search s on s.property_id = span.property_id`;
  return sql`(select s.property_id, k from ${from} ${words ? joinWords : sql``}
    where ${all(conditions)} order by k ${direction}, s.property_id ${direction} limit ${limit})`;
}

/** The first `limit` of all rows that a source leads to, which sorts them: for few. */
export function gather(from: Sql, order: Order, conditions: readonly Sql[], limit: number): Sql {
  const direction = sql.raw(order.direction);
  return sql`(select s.property_id, ${order.key} as k from ${from}
    where ${all(conditions)} order by k ${direction}, s.property_id ${direction} limit ${limit})`;
}

/** Of a walk through one branch, what follows its tables. */
export function inBranch(
  { availability, cityKey }: Branch,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
): Sql {
  const direction = sql.raw(order.direction);
  const ofBranch = [
    availability === null ? sql`s.availability is null` : sql`s.availability = ${availability}`,
    ...(cityKey === undefined ? [] : [sql`s.city_key = ${cityKey}`]),
  ];
  return sql`where ${all([...ofBranch, ...conditions])}
    order by ${order.key} ${direction}, s.property_id ${direction} limit ${limit}`;
}
