import { type RawBuilder, sql } from 'kysely';
import type { Circle, PropertyFilter } from './filter.js';
import { type Availability, PUBLIC_STATUSES, type PublicStatus } from '../model/status.js';
import { type Box, boxAround, EARTH_RADIUS } from '../model/location.js';

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

/** A part of `property_search` that an index has in order: one availability, maybe one city. */
export interface Branch {
  readonly availability: Availability | null;
  readonly cityKey?: string;
}

/** Null is hidden. */
function availabilitiesOf({ statuses, includeHidden }: PropertyFilter): (Availability | null)[] {
  return [...new Set(statuses.map((status) => PUBLIC_STATUSES[status])), ...(includeHidden ? [null] : [])];
}

/** That a row `s` has one of these availabilities. */
function isAvailability(availabilities: readonly (Availability | null)[]): Sql {
  const [shown, isHidden] = [availabilities.filter((value) => value !== null), sql`s.availability is null`];
  if (shown.length === 0) return isHidden;
  const isShown = sql`s.availability in (${sql.join(shown)})`;
  return shown.length < availabilities.length ? sql`(${isShown} or ${isHidden})` : isShown;
}

/** All homes of these availabilities and cities, in no order. */
export function inSections(filter: PropertyFilter): Sql {
  const available = isAvailability(availabilitiesOf(filter));
  return filter.cityKeys ? sql`${available} and s.city_key in (${sql.join(filter.cityKeys)})` : available;
}

export function branchesOf(filter: PropertyFilter): Branch[] {
  return availabilitiesOf(filter).flatMap(
    (availability): Branch[] =>
      filter.cityKeys?.map((cityKey) => ({ availability, cityKey })) ?? [{ availability }],
  );
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

export function all(conditions: readonly Sql[]): Sql {
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`;
}
