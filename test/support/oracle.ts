import pointInPolygon from 'point-in-polygon-hao';

// Computes the expected result of a search in the simplest way: it tests every property.

export interface OracleProperty {
  id: number;
  city: string;
  neighbourhood: string | null;
  address: string;
  description: string | null;
  price: number;
  year: number | null;
  area: number | null;
  bedrooms: number | null;
  bathrooms: number | null;
  parking_spots: number | null;
  stratum: number | null;
  property_type: string | null;
  latitude: number | null;
  longitude: number | null;
  status: string;
  since: string;
  /** When it was for sale before; then it was hidden for an hour. */
  listed: string | null;
  /** The price before the last change, and how long ago that was; undefined without a change. */
  before?: { price: number; daysAgo: number } | undefined;
}

export interface OracleQuery {
  q?: string;
  status?: string[];
  availability?: string;
  city?: string[];
  propertyType?: string[];
  minPrice?: number;
  maxPrice?: number;
  minYear?: number;
  maxYear?: number;
  minArea?: number;
  maxArea?: number;
  minBedrooms?: number;
  maxBedrooms?: number;
  minBathrooms?: number;
  maxBathrooms?: number;
  minParkingSpots?: number;
  minDaysOnMarket?: number;
  maxDaysOnMarket?: number;
  priceReduced?: boolean;
  stratum?: number[];
  bbox?: [number, number, number, number];
  near?: [number, number];
  radius?: number;
  /** Each is `lng,lat,lng,lat,…`. */
  polygon?: string[];
  sort: string;
}

const AVAILABILITY: Record<string, string> = {
  pre_venta: 'available',
  en_venta: 'available',
  vendido: 'sold',
};

// Of the characters that the tests use.
const SHOWS_NOTHING = new Set(['\u00AD', '\u200B', '\u200D', '\u2060', '\uFEFF', '\uFE0F']);
const SEPARATES = new Set(['º', 'ª', '°']);
const plain = (text: string): string =>
  [...text]
    .filter((letter) => !SHOWS_NOTHING.has(letter))
    .flatMap((letter) => (SEPARATES.has(letter) ? ' ' : [...letter.normalize('NFKC').normalize('NFD')]))
    .filter((letter) => !/\p{M}/u.test(letter))
    .join('')
    .toLowerCase();
const shown = (text: string): string =>
  [...text]
    .filter((letter) => !SHOWS_NOTHING.has(letter))
    .join('')
    .trim();
const isLocated = ({ latitude, longitude }: OracleProperty): boolean =>
  latitude !== null && longitude !== null && !(latitude === 0 && longitude === 0);
const wordsIn = (text: string | null): string[] =>
  plain(text ?? '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
const cityOf = (text: string): string => plain(text).trim().replaceAll(/\s+/g, ' ');

function hasWord(text: string | null, word: string): boolean {
  return wordsIn(text).some((other) => (word.length >= 3 ? other.startsWith(word) : other === word));
}

function weight(property: OracleProperty, word: string): number {
  if (hasWord(property.city, word) || hasWord(property.neighbourhood, word)) return 4;
  if (hasWord(property.address, word)) return 2;
  return hasWord(property.description, word) ? 1 : 0;
}

/** Millimetres along the great circle. */
function distance({ latitude, longitude }: OracleProperty, [lat, lng]: [number, number]): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const h =
    Math.sin(rad(latitude! - lat) / 2) ** 2 +
    Math.cos(rad(lat)) * Math.cos(rad(latitude!)) * Math.sin(rad(longitude! - lng) / 2) ** 2;
  return Math.round(2 * 6_371_008_800 * Math.asin(Math.min(1, Math.sqrt(h))));
}

/** Whole numbers, so that the library computes without rounding. */
const exact = (degrees: number): number => Math.round(degrees * 1e9);

/** Inside, or on the border. */
function isInPolygon({ latitude, longitude }: OracleProperty, polygon: string): boolean {
  const numbers = polygon.split(',').map((degrees) => exact(Number(degrees)));
  const ring = numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1]!]] : []));
  return pointInPolygon([exact(longitude!), exact(latitude!)], [[...ring, ring[0]!]]) !== false;
}

function daysOnMarketOf({ status, since, listed }: OracleProperty): number | null {
  const hours = (from: string, to: number): number =>
    (to - Date.parse(`${from.replace(' ', 'T')}Z`)) / 3_600_000;
  const sinceTime = Date.parse(`${since.replace(' ', 'T')}Z`);
  const isAvailable = AVAILABILITY[status] === 'available';
  if (listed === null && !isAvailable) return null;
  const before = listed === null ? 0 : hours(listed, sinceTime) - 1;
  return Math.floor((before + (isAvailable ? hours(since, Date.now()) : 0)) / 24);
}

/** The share of the price that the last change took off; null when it was no reduction. */
function dropOf({ price, before }: OracleProperty): number | null {
  if (!before || before.price === 0 || price === 0 || price >= before.price) return null;
  return (before.price - price) / before.price;
}

function matches(property: OracleProperty, query: OracleQuery): boolean {
  const atLeast = (value: number | null, min?: number): boolean =>
    min === undefined || (value !== null && value >= min);
  const atMost = (value: number | null, max?: number): boolean =>
    max === undefined || (value !== null && value <= max);
  const oneOf = <T>(value: T | null, values?: readonly T[]): boolean =>
    values === undefined || (value !== null && values.includes(value));
  const price = property.price === 0 ? null : property.price;
  const located = isLocated(property);
  const { bbox, near } = query;
  return (
    property.status in AVAILABILITY &&
    oneOf(property.status, query.status) &&
    oneOf(
      AVAILABILITY[property.status]!,
      query.availability === undefined ? undefined : [query.availability],
    ) &&
    oneOf(cityOf(property.city), query.city?.map(cityOf)) &&
    oneOf(property.property_type, query.propertyType) &&
    oneOf(property.stratum, query.stratum) &&
    atLeast(price, query.minPrice) &&
    atMost(price, query.maxPrice) &&
    atLeast(property.year, query.minYear) &&
    atMost(property.year, query.maxYear) &&
    atLeast(property.area, query.minArea) &&
    atMost(property.area, query.maxArea) &&
    atLeast(property.bedrooms, query.minBedrooms) &&
    atMost(property.bedrooms, query.maxBedrooms) &&
    atLeast(property.bathrooms, query.minBathrooms) &&
    atMost(property.bathrooms, query.maxBathrooms) &&
    atLeast(property.parking_spots, query.minParkingSpots) &&
    atLeast(daysOnMarketOf(property), query.minDaysOnMarket) &&
    atMost(daysOnMarketOf(property), query.maxDaysOnMarket) &&
    (!query.priceReduced || (dropOf(property) !== null && property.before!.daysAgo <= 90)) &&
    (!bbox ||
      (located &&
        property.longitude! >= bbox[0] &&
        property.latitude! >= bbox[1] &&
        property.longitude! <= bbox[2] &&
        property.latitude! <= bbox[3])) &&
    (!near || (located && distance(property, near) <= Math.round((query.radius ?? 5_000) * 1_000))) &&
    (!query.polygon || (located && query.polygon.some((polygon) => isInPolygon(property, polygon)))) &&
    (query.q === undefined || wordsIn(query.q).every((word) => weight(property, word) > 0))
  );
}

function keyOf(property: OracleProperty, query: OracleQuery): number | string | null {
  switch (query.sort.replace('-', '')) {
    case 'price':
      return property.price === 0 ? null : property.price;
    case 'year':
      return property.year;
    case 'area':
      return property.area;
    case 'priceDrop':
      return dropOf(property);
    case 'distance':
      return distance(property, query.near!);
    case 'relevance':
      return wordsIn(query.q!).reduce((sum, word) => sum + weight(property, word), 0);
    default:
      return property.since;
  }
}

/** The ids of a list, in its order. */
export function expectedIds(properties: readonly OracleProperty[], query: OracleQuery): number[] {
  const falling = query.sort.startsWith('-') || query.sort === 'newest' || query.sort === 'relevance';
  const turn = falling ? -1 : 1;
  return properties
    .filter((property) => matches(property, query))
    .map((property) => ({ id: property.id, key: keyOf(property, query) }))
    .toSorted((a, b) => {
      if (a.key === null || b.key === null)
        return a.key === b.key ? turn * (a.id - b.id) : a.key === null ? 1 : -1;
      return a.key === b.key ? turn * (a.id - b.id) : turn * (a.key < b.key ? -1 : 1);
    })
    .map(({ id }) => id);
}

export interface ExpectedFacets {
  total: number;
  /** Value and count; in any order. */
  city: [string | null, number][];
  status: [string, number][];
  propertyType: [string | null, number][];
  bedrooms: [number | null, number][];
  /** All prices and years that are known. */
  price: number[];
  year: number[];
}

export function expectedFacets(properties: readonly OracleProperty[], query: OracleQuery): ExpectedFacets {
  const without = (...own: (keyof OracleQuery)[]): OracleProperty[] => {
    const others = { ...query };
    for (const name of own) delete others[name];
    return properties.filter((property) => matches(property, others));
  };
  const count = <T>(values: readonly T[]): [T, number][] =>
    [...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length]);
  const cities = Map.groupBy(without('city'), (property) => cityOf(property.city));
  return {
    total: properties.filter((property) => matches(property, query)).length,
    city: [...cities].map(([key, same]) => {
      const spellings = count(same.map((property) => shown(property.city))).toSorted(
        ([a, n], [b, m]) => m - n || (a < b ? -1 : 1),
      );
      return [key === '' ? null : spellings[0]![0], same.length];
    }),
    status: count(without('status', 'availability').map((property) => property.status)),
    propertyType: count(without('propertyType').map((property) => property.property_type)),
    bedrooms: count(without('minBedrooms', 'maxBedrooms').map((property) => property.bedrooms)),
    price: without('minPrice', 'maxPrice').flatMap(({ price }) => (price === 0 ? [] : [price])),
    year: without('minYear', 'maxYear').flatMap(({ year }) => (year === null ? [] : [year])),
  };
}
