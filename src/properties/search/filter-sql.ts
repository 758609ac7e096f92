import { type RawBuilder, sql } from 'kysely';
import { boxesOf, type Circle, type PropertyFilter, RANGES, reducedSince } from './filter.js';
import { type Availability, PUBLIC_STATUSES, type PublicStatus } from '../model/status.js';
import { SECONDS_PER_DAY } from '../model/market.js';
import { type Box, EARTH_RADIUS_METRES } from '../model/location.js';
import {
  boxAroundPolygons,
  type Edge,
  edgesOf,
  inDecimals,
  type Polygon,
  toDegrees,
} from '../model/polygon.js';

const COORDINATE_COLUMNS = ['latitude', 'longitude'];

/** A fragment of a statement, with its parameters. */
export type Sql = RawBuilder<unknown>;

/** The ids of the public statuses in this database, by name. */
export type StatusIds = Readonly<Partial<Record<PublicStatus, number>>>;

/** A condition on a row `s` of `property_search`. */
export interface Condition {
  /** The column whose index can find the rows; `other`: no index can. */
  readonly on: 'price' | 'year' | 'area' | 'location' | 'price_drop' | 'other';
  /** The columns that the condition reads. */
  readonly columns: readonly string[];
  readonly sql: Sql;
}

/** The rows that an index keeps in order: one availability (null: hidden), in one city or in the whole country. */
export interface IndexRange {
  readonly availability: Availability | null;
  readonly cityKey?: string;
}

/** The availabilities that `filter` allows; null is hidden. */
function availabilitiesOf({ statuses, includeHidden }: PropertyFilter): (Availability | null)[] {
  return [...new Set(statuses.map((status) => PUBLIC_STATUSES[status])), ...(includeHidden ? [null] : [])];
}

/** Condition: the row `s` has one of these availabilities. */
function isAvailability(availabilities: readonly (Availability | null)[]): Sql {
  const [shown, isHidden] = [availabilities.filter((value) => value !== null), sql`s.availability is null`];
  if (shown.length === 0) return isHidden;
  const isShown = sql`s.availability in (${sql.join(shown)})`;
  return shown.length < availabilities.length ? sql`(${isShown} or ${isHidden})` : isShown;
}

/** Condition: the row `s` lies in one of the index ranges of `filter`. */
export function inIndexRanges(filter: PropertyFilter): Sql {
  const available = isAvailability(availabilitiesOf(filter));
  return filter.cityKeys ? sql`${available} and s.city_key in (${sql.join(filter.cityKeys)})` : available;
}

/** The index ranges that together contain all rows of the availabilities and cities of `filter`. */
export function indexRangesOf(filter: PropertyFilter): IndexRange[] {
  return availabilitiesOf(filter).flatMap(
    (availability): IndexRange[] =>
      filter.cityKeys?.map((cityKey) => ({ availability, cityKey })) ?? [{ availability }],
  );
}

/** The conditions of `filter` on a row `s`, without those on availability and city (`inIndexRanges`) and on words. */
export function conditionsOf(filter: PropertyFilter, statusIds: StatusIds): Condition[] {
  const { propertyTypes, strata, priceReduced, circle, polygons } = filter;
  const conditions: Condition[] = [];
  const add = (on: Condition['on'], columns: readonly string[], condition: Sql): void => {
    conditions.push({ on, columns, sql: condition });
  };
  const { ids } = statusesOf(filter, statusIds);
  if (ids) add('other', ['status_id'], ids.length > 0 ? sql`s.status_id in (${sql.join(ids)})` : sql`false`);
  if (propertyTypes) add('other', ['property_type'], sql`s.property_type in (${sql.join(propertyTypes)})`);
  if (strata) add('other', ['stratum'], sql`s.stratum in (${sql.join(strata)})`);
  for (const { column, min, max } of RANGES) {
    const on = column === 'price' || column === 'year' || column === 'area' ? column : 'other';
    const [low, high] = [filter[min], max && filter[max]];
    if (low !== undefined) add(on, [column], sql`s.${sql.raw(column)} >= ${low}`);
    if (high !== undefined) add(on, [column], sql`s.${sql.raw(column)} <= ${high}`);
  }
  addDaysOnMarket(filter, add);
  if (priceReduced)
    add(
      'price_drop',
      ['price_drop', 'price_reduced_at'],
      sql`s.price_drop is not null and s.price_reduced_at >= ${reducedSince()}`,
    );
  for (const box of boxesOf(filter)) add('location', COORDINATE_COLUMNS, inBox(box));
  if (circle) add('other', COORDINATE_COLUMNS, inCircle(circle));
  if (polygons) add('other', COORDINATE_COLUMNS, inPolygons(polygons));
  return conditions;
}

/**
 * The availabilities that `filter` allows (null is hidden), and the ids of its statuses when these do not follow from the
 * availabilities. `pre_venta` and `en_venta` together are the whole availability `available`: the condition on the
 * availability is then enough, and the rows stay in the order of the index. Only `en_venta` alone needs its id.
 */
export function statusesOf(
  filter: PropertyFilter,
  statusIds: StatusIds,
): { availabilities: readonly (Availability | null)[]; ids: readonly number[] | null } {
  const availabilities = availabilitiesOf(filter);
  const statusesOfThem = Object.values(PUBLIC_STATUSES).filter((value) => availabilities.includes(value));
  const needsIds = statusesOfThem.length > filter.statuses.length;
  return {
    availabilities,
    ids: needsIds ? filter.statuses.flatMap((status) => statusIds[status] ?? []) : null,
  };
}

/** The columns that the days on the market are computed from. */
export const MARKET_COLUMNS = ['market_seconds', 'market_since'];

/** Conditions on the days on the market now, computed as `daysOnMarket()` does. */
function addDaysOnMarket(
  { minDaysOnMarket, maxDaysOnMarket }: PropertyFilter,
  add: (on: 'other', columns: readonly string[], condition: Sql) => void,
): void {
  const seconds = sql`s.market_seconds + greatest(0, coalesce(${Math.floor(Date.now() / 1_000)} - s.market_since, 0))`;
  if (minDaysOnMarket !== undefined)
    add('other', MARKET_COLUMNS, sql`${seconds} >= ${minDaysOnMarket * SECONDS_PER_DAY}`);
  if (maxDaysOnMarket !== undefined)
    add('other', MARKET_COLUMNS, sql`${seconds} < ${(maxDaysOnMarket + 1) * SECONDS_PER_DAY}`);
}

export function inBox({ west, south, east, north }: Box): Sql {
  return sql`(s.latitude between ${south} and ${north} and s.longitude between ${west} and ${east})`;
}

export function inCircle({ center, radius }: Circle): Sql {
  return sql`${distanceMm({ center })} <= ${Math.round(radius * 1000)}`;
}

/**
 * Condition: the row `s` is in one of `polygons`, borders included. Decimal arithmetic, so it is exact. A text without parameters:
 * hundreds of them cost more than the rest of the search.
 */
function inPolygons(polygons: readonly Polygon[]): Sql {
  const conditions = polygons.map((polygon) => {
    const { south, north, west, east } = boxAroundPolygons([polygon]);
    const [bottom, top, left, right] = [south, north, west, east].map(inDecimals);
    const crossings = edgesOf(polygon).map(crossingsOf).join(' + ');
    // An odd number of lines to the right: inside. Null: on the border.
    return `(s.latitude between ${bottom} and ${top} and s.longitude between ${left} and ${right} and coalesce((${crossings}) % 2, 1) = 1)`;
  });
  return sql.raw(`(${conditions.join(' or ')})`);
}

/** How often a ray from the row to the right crosses a line of a polygon, 0 or 1; null when the row is on the line. */
function crossingsOf({ from, to }: Edge): string {
  const [south, north, west, east] = [from.y, to.y, from.x, to.x].map(toDegrees);
  if (from.y === to.y)
    return `case when s.latitude = ${south} and s.longitude between ${west} and ${east} then null else 0 end`;
  const [height, width] = [toDegrees(to.y - from.y), toDegrees(to.x - from.x)];
  const side = `${width} * (s.latitude - ${south}) - ${height} * (s.longitude - ${west})`;
  return `case when s.latitude between ${south} and ${north}
    then case sign(${side}) when 0 then null when 1 then s.latitude < ${north} else 0 end else 0 end`;
}

/** The great-circle distance in millimetres (haversine formula). A whole number, so equal distances compare as equal. */
export function distanceMm({ center: { lat, lng } }: Pick<Circle, 'center'>): Sql {
  return sql`cast(round(${2000 * EARTH_RADIUS_METRES} * asin(least(1, sqrt(
    pow(sin(radians(s.latitude - ${lat}) / 2), 2)
    + cos(radians(${lat})) * cos(radians(s.latitude)) * pow(sin(radians(s.longitude - ${lng}) / 2), 2)
  )))) as signed)`;
}

/** Joins conditions with `and`; `true` without any. */
export function all(conditions: readonly Sql[]): Sql {
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`;
}
