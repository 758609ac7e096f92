import { InvalidBody } from '../../http/problem.js';
import type { PatchPropertyDto } from '../dto/edit-property.dto.js';
import { rounded } from '../write/listing.js';
import type { EditableRow } from './property-editing.repository.js';
import type { PropertyRow } from '../model/property-row.js';
import { pointOf } from '../model/location.js';

type Location = { latitude: number | null; longitude: number | null };

/**
 * The columns of what is given, as they keep it; what is absent is left out, and what old columns can not leave empty is
 * written as they write the unknown.
 * @param before the row as it is, if it is there
 * @throws InvalidBody when a location would have one coordinate, or be 0/0
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

// A merge patch goes into objects, too (RFC 7396): one coordinate may be given alone.
function locationOf(location: PatchPropertyDto['location'], before?: PropertyRow): Partial<Location> {
  if (location === undefined) return {};
  // As it is shown: 0/0 of another program is no location.
  const old = before && pointOf(before);
  const { lat = old?.lat ?? null, lng = old?.lng ?? null } = location ?? { lat: null, lng: null };
  if ((lat === null) !== (lng === null))
    throw new InvalidBody([{ field: 'location', message: 'must have both lat and lng, or be null' }]);
  const columns = { latitude: rounded(lat, 6), longitude: rounded(lng, 6) };
  if (lat !== null && pointOf(columns) === null)
    throw new InvalidBody([
      { field: 'location', message: 'must not be 0,0, which is no property: null says that it is unknown' },
    ]);
  return columns;
}

/** The columns that are not what they were. */
export function changesOf(before: PropertyRow, after: Partial<EditableRow>): Map<string, unknown> {
  return new Map(
    Object.entries(after).filter(([column, value]) => {
      const old: unknown = before[column as keyof PropertyRow];
      if (column === 'currency') return (old ?? 'COP') !== (value ?? 'COP');
      // The driver gives decimals and large integers as text.
      return typeof value === 'number' ? old === null || Number(old) !== value : old !== value;
    }),
  );
}

const INCORRECT_VALUE = 1366;

/** The column, if that is the fault, whose character set lacks what was to be written: old databases may have latin1. */
export function refusedColumn(error: unknown): string | undefined {
  const { errno, message = '' } = error as { errno?: number; message?: string };
  return errno === INCORRECT_VALUE
    ? (/for column `?(?:[^`]*`\.`)*'?(\w+)/.exec(message)?.[1] ?? 'body')
    : undefined;
}
