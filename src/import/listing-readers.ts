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
  type DecimalMark,
  type NumberRule,
  readCurrency,
  readDecimal,
  readLongText,
  readText,
  readWhole,
  readWord,
  Unreadable,
} from './read-values.js';

/** What the database allows on the day of the import. */
export interface Limits {
  /** Names of the database's statuses. */
  readonly statuses: readonly string[];
  /** No date of the file may be later. */
  readonly latest: Date;
}

// TIMESTAMP begins in 1970, in any zone.
const EARLIEST = new Date('1970-01-02T00:00:00Z');

const COUNT = { min: 0, max: 1_000 };

/**
 * How the text of each field is read; `typed` texts were numbers of JSON, which have a decimal point. The limits are
 * those of the columns.
 */
export function listingReaders(
  { fields, timezone, decimal: markOfFile }: ImportMap,
  { statuses, latest }: Limits,
) {
  const whole = (source: NumberSource | undefined, limits: NumberRule) => {
    const [rule, typedRule] = rulesFor(limits, source, markOfFile);
    return (text: string, typed = false): number => readWhole(text, typed ? typedRule : rule);
  };
  const decimal = (source: NumberSource | undefined, limits: NumberRule) => {
    const [rule, typedRule] = rulesFor(limits, source, markOfFile);
    return (text: string, typed = false): number => readDecimal(text, typed ? typedRule : rule);
  };
  const date = (source: DateSource | undefined) => {
    const read = dateReader({ format: source?.format, zone: timezone ?? 'UTC' });
    return (text: string): Date => {
      const moment = read(text);
      if (moment < EARLIEST || moment > latest)
        throw new Unreadable('must lie between 1970-01-02 and tomorrow');
      return moment;
    };
  };
  return {
    externalRef: (text: string) => readText(text, 190),
    city: (text: string) => readText(text, 32),
    price: whole(fields.price, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    address: (text: string) => readText(text, 120),
    neighbourhood: (text: string) => readText(text, 120),
    currency: readCurrency,
    description: (text: string) => readLongText(text, 65_535),
    year: whole(fields.year, { min: -(2 ** 31), max: 2 ** 31 - 1 }),
    propertyType: (text: string) => readWord(text, PROPERTY_TYPES),
    // Kept to hundredths.
    area: decimal(fields.area, { min: 0.01, max: 9_999_999_999.99 }),
    bedrooms: whole(fields.bedrooms, COUNT),
    bathrooms: whole(fields.bathrooms, COUNT),
    parkingSpots: whole(fields.parkingSpots, COUNT),
    stratum: whole(fields.stratum, { min: 1, max: 6 }),
    latitude: decimal(fields.latitude, { min: -90, max: 90 }),
    longitude: decimal(fields.longitude, { min: -180, max: 180 }),
    createdAt: date(fields.createdAt),
    status: (text: string) => readWord(text, statuses),
    statusSince: date(fields.statusSince),
  } satisfies Record<FieldName, (text: string, typed?: boolean) => unknown>;
}

export type ListingReaders = ReturnType<typeof listingReaders>;

function rulesFor(
  limits: NumberRule,
  source: NumberSource | undefined,
  markOfFile: DecimalMark | undefined,
): [rule: NumberRule, typedRule: NumberRule] {
  const min = Math.max(limits.min, source?.min ?? -Infinity);
  const max = Math.min(limits.max, source?.max ?? Infinity);
  return [
    { min, max, decimal: (source && decimalOf(source)) ?? markOfFile },
    { min, max, decimal: 'point' },
  ];
}
