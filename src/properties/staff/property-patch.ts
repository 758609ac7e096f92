import { InvalidBody } from '../../http/problem.js';
import type { PatchPropertyDto } from '../dto/edit-property.dto.js';
import { rounded } from '../write/listing.js';
import type { EditableRow } from './property-editing.repository.js';
import type { PropertyRow } from '../model/property-row.js';
import { pointOf } from '../model/location.js';

type LocationColumns = { latitude: number | null; longitude: number | null };

/**
 * Maps patch fields to columns. Absent fields are omitted. Null in a NOT NULL column of the old schema becomes the value
 * that means "unknown" there: '' or 0.
 * @param before the stored row, if it exists
 * @throws InvalidBody when the location would have only one coordinate, or would be 0,0
 */
export function columnsOf(fields: PatchPropertyDto, before?: PropertyRow): Partial<EditableRow> {
  const { address, city, price, area, location, propertyType, parkingSpots, ...same } = fields;
  const columns: Partial<EditableRow> = {
    ...same,
    address: address === null ? '' : address,
    city: city === null ? '' : city,
    price: price === null ? 0 : price,
    property_type: propertyType,
    area: area && rounded(area, 2),
    parking_spots: parkingSpots,
    ...locationOf(location, before),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

// A merge patch also applies inside objects (RFC 7396): one coordinate may be given alone.
function locationOf(location: PatchPropertyDto['location'], before?: PropertyRow): Partial<LocationColumns> {
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

/** The columns of `after` whose value differs from `before`. */
export function changesOf(before: PropertyRow, after: Partial<EditableRow>): Map<string, unknown> {
  return new Map(
    Object.entries(after).filter(([column, value]) => {
      const old: unknown = before[column as keyof PropertyRow];
      if (column === 'currency') return (old ?? 'COP') !== (value ?? 'COP');
      // The driver returns decimals and large integers as text.
      return typeof value === 'number' ? old === null || Number(old) !== value : old !== value;
    }),
  );
}

const INCORRECT_VALUE = 1366;

/**
 * The column that cannot store a text, because its character set lacks a character. Old databases may use latin1.
 * @returns `body` when the server names no column; undefined for every other error
 */
export function refusedColumn(error: unknown): string | undefined {
  const { errno, message = '' } = error as { errno?: number; message?: string };
  return errno === INCORRECT_VALUE
    ? (/for column `?(?:[^`]*`\.`)*'?(\w+)/.exec(message)?.[1] ?? 'body')
    : undefined;
}
