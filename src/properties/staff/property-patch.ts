import type { EntityData } from '@mikro-orm/mysql';
import { isUnstorableText } from '../../database/server-errors.js';
import { InvalidBody } from '../../http/problem.js';
import type { PatchPropertyDto } from '../dto/edit-property.dto.js';
import { type Photo, toColumn } from '../model/photo.js';
import { rounded } from '../write/listing.js';
import type { Property } from '../model/property.entity.js';
import type { PropertyRow } from '../model/property-row.js';
import { pointOf } from '../model/location.js';

export type PropertyValues = EntityData<Property>;
type LocationValues = { latitude: number | null; longitude: number | null };

/**
 * Maps patch fields to values of the entity. Absent fields are omitted. Null in a NOT NULL column of the old schema becomes the
 * value that means "unknown" there: '' or 0.
 * @param before the stored row, if it exists
 * @throws InvalidBody when the location would have only one coordinate, or would be 0,0
 */
export function valuesOf(fields: PatchPropertyDto, before?: PropertyRow): PropertyValues {
  const { address, city, price, currency, area, location, photos, ...same } = fields;
  const values: PropertyValues = {
    ...same,
    address: address === null ? '' : address,
    city: city === null ? '' : city,
    price: price === null ? 0 : price,
    // No stored currency means COP.
    currency: before && (currency ?? 'COP') === (before.currency ?? 'COP') ? undefined : currency,
    area: area && rounded(area, 2),
    photos: photos === undefined ? undefined : toColumn(photos as Photo[] | null),
    ...locationOf(location, before),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

// A merge patch also applies inside objects (RFC 7396): one coordinate may be given alone.
function locationOf(location: PatchPropertyDto['location'], before?: PropertyRow): Partial<LocationValues> {
  if (location === undefined) return {};
  // Another program may have stored 0,0 for an unknown location.
  const old = before && pointOf(before);
  const { lat = old?.lat ?? null, lng = old?.lng ?? null } = location ?? { lat: null, lng: null };
  if ((lat === null) !== (lng === null))
    throw new InvalidBody([{ field: 'location', message: 'must have both lat and lng, or be null' }]);
  const columns = { latitude: rounded(lat, 6), longitude: rounded(lng, 6) };
  if (lat !== null && pointOf(columns) === null)
    throw new InvalidBody([
      { field: 'location', message: 'must not be 0,0; send null for an unknown location' },
    ]);
  return columns;
}

/**
 * The column that cannot store a text, because its character set lacks a character. Old databases may use latin1.
 * @returns `body` when the server names no column; undefined for every other error
 */
export function refusedColumn(error: unknown): string | undefined {
  if (!isUnstorableText(error)) return undefined;
  const { sqlMessage = '' } = error as { sqlMessage?: string };
  return /for column `?(?:[^`]*`\.`)*'?(\w+)/.exec(sqlMessage)?.[1] ?? 'body';
}
