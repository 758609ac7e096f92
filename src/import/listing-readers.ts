import { isPhotoUrl } from '../properties/model/photo.js';
import { PROPERTY_TYPES } from '../properties/model/property-type.js';
import {
  type DateSource,
  decimalOf,
  type FieldName,
  type ImportMap,
  type NumberSource,
} from './import-map.js';
import {
  dateReader,
  type NumberRule,
  readCurrency,
  readDecimal,
  readLongText,
  readText,
  readWhole,
  readWord,
  Unreadable,
} from './read-values.js';

/** Limits that depend on the database and on the day of the import. */
export interface Limits {
  /** Names of the statuses in the database. */
  readonly statuses: readonly string[];
  /** Latest date that the file may contain. */
  readonly latest: Date;
}

// A TIMESTAMP column begins in 1970; one day later is valid in every time zone.
const EARLIEST = new Date('1970-01-02T00:00:00Z');

const COUNT = { min: 0, max: 1_000 };

/**
 * Functions that parse the text of each field, within the limits of its column. `typed` means that the text was a JSON
 * number, which always has a decimal point. Each throws Unreadable for an invalid text.
 */
export function listingReaders(
  { fields, timezone, decimal: defaultDecimal }: ImportMap,
  { statuses, latest }: Limits,
) {
  const number = (read: typeof readWhole, source: NumberSource | undefined, limits: NumberRule) => {
    const min = Math.max(limits.min, source?.min ?? -Infinity);
    const max = Math.min(limits.max, source?.max ?? Infinity);
    const decimal = (source && decimalOf(source)) ?? defaultDecimal;
    return (text: string, typed = false) => read(text, { min, max, decimal: typed ? 'point' : decimal });
  };
  const date = (source: DateSource | undefined) => {
    const read = dateReader({ format: source?.format, zone: timezone ?? 'UTC' });
    return (text: string): Date => {
      const time = read(text);
      if (time < EARLIEST || time > latest) throw new Unreadable('must be between 1970-01-02 and tomorrow');
      return time;
    };
  };
  return {
    externalRef: (text: string) => readText(text, 190),
    city: (text: string) => readText(text, 32),
    price: number(readWhole, fields.price, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    address: (text: string) => readText(text, 120),
    neighbourhood: (text: string) => readText(text, 120),
    currency: readCurrency,
    description: (text: string) => readLongText(text, 65_535),
    year: number(readWhole, fields.year, { min: -(2 ** 31), max: 2 ** 31 - 1 }),
    propertyType: (text: string) => readWord(text, PROPERTY_TYPES),
    // The column has two decimals.
    area: number(readDecimal, fields.area, { min: 0.01, max: 9_999_999_999.99 }),
    bedrooms: number(readWhole, fields.bedrooms, COUNT),
    bathrooms: number(readWhole, fields.bathrooms, COUNT),
    parkingSpots: number(readWhole, fields.parkingSpots, COUNT),
    stratum: number(readWhole, fields.stratum, { min: 1, max: 6 }),
    latitude: number(readDecimal, fields.latitude, { min: -90, max: 90 }),
    longitude: number(readDecimal, fields.longitude, { min: -180, max: 180 }),
    photos: readPhotoUrl,
    createdAt: date(fields.createdAt),
    status: (text: string) => readWord(text, statuses),
    statusSince: date(fields.statusSince),
  } satisfies Record<FieldName, (text: string, typed?: boolean) => unknown>;
}

/** One photo of the list. */
function readPhotoUrl(text: string): string {
  if (!isPhotoUrl(text))
    throw new Unreadable('must be https URLs of at most 1000 characters that name no private address');
  return text;
}

export type ListingReaders = ReturnType<typeof listingReaders>;
