import { type RawBuilder, sql } from 'kysely';
import type { Circle, PropertyFilter } from './filter.js';
import { type Availability, PUBLIC_STATUSES, type PublicStatus } from '../model/status.js';
import { type Box, boxAround, EARTH_RADIUS } from './location.js';
import { type Mark, searchedWord, WEIGHTS } from '../search-index/words.js';

const LOCATION = ['latitude', 'longitude'];

/** A piece of a statement with its parameters. */
export type Sql = RawBuilder<unknown>;

/** The ids of the public statuses in this database, by name. */
export type StatusIds = Readonly<Partial<Record<PublicStatus, number>>>;

/** What a home must be, and the column that says so: an index on it can find the home. */
export interface Condition {
  readonly on: 'price' | 'year' | 'area' | 'location' | 'other';
  readonly columns: readonly string[];
  readonly sql: Sql;
}

/** Null is hidden. */
export function availabilitiesOf({ statuses, includeHidden }: PropertyFilter): (Availability | null)[] {
  return [...new Set(statuses.map((status) => PUBLIC_STATUSES[status])), ...(includeHidden ? [null] : [])];
}

/** That a row `s` has one of these availabilities. */
export function isAvailability(availabilities: readonly (Availability | null)[]): Sql {
  const [shown, isHidden] = [availabilities.filter((value) => value !== null), sql`s.availability is null`];
  if (shown.length === 0) return isHidden;
  const isShown = sql`s.availability in (${sql.join(shown)})`;
  return shown.length < availabilities.length ? sql`(${isShown} or ${isHidden})` : isShown;
}

/** What `filter` asks of a row `s` of `property_search`, beside its availability, its city and its words. */
export function conditionsOf(filter: PropertyFilter, statusIds: StatusIds): Condition[] {
  const { statuses, propertyTypes, strata, box, circle } = filter;
  const conditions: Condition[] = [];
  const add = (on: Condition['on'], columns: readonly string[], condition: Sql): void => {
    conditions.push({ on, columns, sql: condition });
  };
  // `pre_venta` and `en_venta` together are all that is available: the availability alone then says it, and the rows
  // stay in the order of the index. Only a part of an availability, such as `en_venta` alone, needs the statuses.
  const ofThese = (Object.keys(PUBLIC_STATUSES) as PublicStatus[]).filter((status) =>
    availabilitiesOf(filter).includes(PUBLIC_STATUSES[status]),
  );
  if (ofThese.length > statuses.length) {
    const ids = statuses.flatMap((status) => statusIds[status] ?? []);
    add('other', ['status_id'], ids.length > 0 ? sql`s.status_id in (${sql.join(ids)})` : sql`false`);
  }
  if (propertyTypes) add('other', ['property_type'], sql`s.property_type in (${sql.join(propertyTypes)})`);
  if (strata) add('other', ['stratum'], sql`s.stratum in (${sql.join(strata)})`);
  for (const [column, operator, value] of [
    ['price', '>=', filter.minPrice],
    ['price', '<=', filter.maxPrice],
    ['year', '>=', filter.minYear],
    ['year', '<=', filter.maxYear],
    ['area', '>=', filter.minArea],
    ['area', '<=', filter.maxArea],
  ] as const) {
    if (value !== undefined) add(column, [column], sql`s.${sql.raw(column)} ${sql.raw(operator)} ${value}`);
  }
  if (filter.minBedrooms !== undefined) add('other', ['bedrooms'], sql`s.bedrooms >= ${filter.minBedrooms}`);
  if (filter.minBathrooms !== undefined)
    add('other', ['bathrooms'], sql`s.bathrooms >= ${filter.minBathrooms}`);
  if (box) add('location', LOCATION, inBox(box));
  if (circle) {
    add('location', LOCATION, inBox(boxAround(circle.center, circle.radius)));
    add('other', LOCATION, within(circle));
  }
  return conditions;
}

export function inBox({ west, south, east, north }: Box): Sql {
  return sql`(s.latitude between ${south} and ${north} and s.longitude between ${west} and ${east})`;
}

export function within({ center, radius }: Circle): Sql {
  return sql`${distance({ center })} <= ${Math.round(radius * 1000)}`;
}

/** The distance in millimetres along the great circle (haversine), a whole number so that equal is equal. */
export function distance({ center: { lat, lng } }: Pick<Circle, 'center'>): Sql {
  return sql`cast(round(${2000 * EARTH_RADIUS} * asin(least(1, sqrt(
    pow(sin(radians(s.latitude - ${lat}) / 2), 2)
    + cos(radians(${lat})) * cos(radians(s.latitude)) * pow(sin(radians(s.longitude - ${lng}) / 2), 2)
  )))) as signed)`;
}

/** That all words are in the text of a row `w` of `property_words`. */
export function hasWords(words: readonly string[]): Sql {
  return all([...new Set(words)].map((word) => has(searchedWord(word).fragments.w)));
}

const has = (fragment: string): Sql => sql`instr(w.words, ${fragment}) > 0`;

/** The relevance of a row `w` that has all words. */
export function relevance(words: readonly string[]): Sql {
  return sql.join(words.map(weightOf), sql` + `);
}

/** The weight of the best place where a row `w` has the word; 0 where it has not. */
export function weightOf(word: string): Sql {
  const { fragments } = searchedWord(word);
  const whens = Object.entries(WEIGHTS).map(
    ([mark, weight]) => sql`when ${has(fragments[mark as Mark])} then ${sql.lit(weight)}`,
  );
  return sql`(case ${sql.join(whens, sql` `)} else 0 end)`;
}

/** That the full text index has all words: all rows that hasWords() has, and maybe more. */
export function indexHasWords(words: readonly string[]): Sql {
  return matches([...new Set(words)].map((word) => `+${searchedWord(word).terms.w}`));
}

/** @param terms of SearchedWord: any of them, or with a `+` in front all of them */
export function matches(terms: readonly string[]): Sql {
  return sql`match(w.words) against (${terms.join(' ')} in boolean mode)`;
}

export function all(conditions: readonly Sql[]): Sql {
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`;
}
