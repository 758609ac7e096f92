import { sql } from 'kysely';
import type { PropertyFilter } from '../../properties/search/filter.js';
import {
  all,
  type Branch,
  conditionsOf,
  type Sql,
  type StatusIds,
} from '../../properties/search/filter-sql.js';
import { coldest, type Window } from '../model/score.js';

/** The columns that homes are listed by. */
export type List = 'hot' | 'd1' | 'd7' | 'd30' | 'd90' | 'd365' | 'total';
export const LIST_OF_WINDOW = {
  '1d': 'd1',
  '7d': 'd7',
  '30d': 'd30',
  '90d': 'd90',
  '365d': 'd365',
  all: 'total',
} as const satisfies Record<Window, List>;

/** Now, or seven days before. */
export type When = 'ranking' | 'ranking_week_ago';

/** Which homes are asked for, and in which order. */
export interface RankingQuery {
  readonly list: List;
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  readonly asOf: number;
  readonly halfLifeDays: number;
}

/** A place in a list: higher `value` first, of equal ones higher `total`, then the lower id. */
export interface Key {
  readonly property_id: number;
  /** Of the list's column. */
  readonly value: number;
  readonly total: number;
}
/** The better place first. */
export function byPlace(a: Key, b: Key): number {
  return b.value - a.value || b.total - a.total || a.property_id - b.property_id;
}

export const orderOf = (list: List): string => `s.${list} desc, s.total desc, s.tie desc`;

/** The list in its order. */
export function source(when: When, { list, filter }: RankingQuery): Sql {
  const index = `${when}_${filter.cityKeys ? 'city_' : ''}${list}`;
  return sql`${sql.table(when)} s force index (${sql.id(index)})`;
}

/** What homes had until they changed. */
export const PAST = sql`ranking_past s force index (ranking_past_until)`;

/** Those of the past that stood as of a version. */
export function asOfVersion(was: When, version: number): Sql {
  return sql`s.until_version > ${version} and s.was = ${was} and s.since_version <= ${version}`;
}

export const valueOf = ({ list }: RankingQuery): Sql => sql.raw(`s.${list}`);

/** What a home of the list must be, beside its availability and its city. */
export function inList(query: RankingQuery): Sql[] {
  const { filter, statusIds } = query;
  return [isAboveFloor(query), ...conditionsOf(filter, statusIds).map(({ sql: condition }) => condition)];
}

/** What a home's value must be above, or it has no score. */
export function floorOf({ list, asOf, halfLifeDays }: RankingQuery): number {
  return list === 'hot' ? coldest(asOf, halfLifeDays) : 0;
}

export function isAboveFloor(query: RankingQuery): Sql {
  return sql`${valueOf(query)} > ${sql.lit(floorOf(query))}`;
}

export const isBetter = (list: List, key: Key): Sql => beyond(list, key, '>');
export const isWorse = (list: List, key: Key): Sql => beyond(list, key, '<');

// Spelt out: of a row comparison MySQL makes no range of the index.
function beyond(list: List, { value, total, property_id }: Key, than: '>' | '<'): Sql {
  const sign = sql.raw(than);
  const last = sql`s.total = ${total} and s.tie ${sign} ${-property_id}`;
  if (list === 'total') return sql`(s.total ${sign} ${total} or (${last}))`;
  const column = sql.raw(`s.${list}`);
  return sql`(${column} ${sign} ${value} or (${column} = ${value} and (s.total ${sign} ${total} or (${last}))))`;
}

/** The first of an availability, maybe of a city: a range of the list's index, in its order. */
export function inBranch(
  query: RankingQuery,
  { availability, cityKey }: Branch,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const ofBranch = [
    sql`s.availability = ${availability}`,
    ...(cityKey === undefined ? [] : [sql`s.city_key = ${cityKey}`]),
  ];
  return ranked(query, source('ranking', query), [...ofBranch, ...conditions], limit, columns);
}

/** The first of a source that are visible still as what they are listed as. */
export function ranked(
  query: RankingQuery,
  from: Sql,
  conditions: readonly Sql[],
  limit: number,
  columns: Sql,
): Sql {
  const { list, filter, statusIds } = query;
  const byStatus = conditionsOf(filter, statusIds).some((condition) =>
    condition.columns.includes('status_id'),
  );
  return sql`
    select s.property_id, ${valueOf(query)} as value, s.total, ${columns}
    from ${from} straight_join property p on p.id = s.property_id and p.availability = s.availability
      ${byStatus ? sql`and p.current_status_id = s.status_id` : sql``}
    where ${all(conditions)}
    order by ${sql.raw(orderOf(list))} limit ${sql.lit(limit)}`;
}
