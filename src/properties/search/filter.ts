import { cityKey } from '../model/city-key.js';
import type { PropertyFilterInput } from '../dto/property-filter.input.js';
import type { SortName } from './sort.js';
import { type Box, boxAround, type Point } from '../model/location.js';
import { boxAroundPolygons, type Polygon } from '../model/polygon.js';
import { splitWords } from '../search-index/words.js';
import {
  type Availability,
  PUBLIC_STATUS_NAMES,
  PUBLIC_STATUSES,
  type PublicStatus,
} from '../model/status.js';

/**
 * Which properties a list contains. An absent field filters nothing. A property with an unknown value matches no filter on it.
 * Cursors contain this object as JSON (`listScope`): renaming or reordering its fields invalidates the cursors of clients.
 */
export interface PropertyFilter {
  statuses: readonly PublicStatus[];
  /** Hidden properties match, too. */
  includeHidden?: true;
  cityKeys?: readonly string[];
  propertyTypes?: readonly string[];
  strata?: readonly number[];
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
  /** The last change of the price was a reduction, at `reducedSince()` or later. */
  priceReduced?: true;
  box?: Box;
  circle?: Circle;
  /** A property must be in one of them. */
  polygons?: readonly Polygon[];
  /** Words of `splitWords()`, repeats included. A property must contain all of them. */
  words?: readonly string[];
}

/** The filters on numbers: a column of `property_search`, and the fields with its lowest and its highest value. */
export const RANGES = [
  { column: 'price', min: 'minPrice', max: 'maxPrice' },
  { column: 'year', min: 'minYear', max: 'maxYear' },
  { column: 'area', min: 'minArea', max: 'maxArea' },
  { column: 'bedrooms', min: 'minBedrooms', max: 'maxBedrooms' },
  { column: 'bathrooms', min: 'minBathrooms', max: 'maxBathrooms' },
  { column: 'parking_spots', min: 'minParkingSpots', max: undefined },
] as const satisfies { column: string; min: keyof PropertyFilter; max: keyof PropertyFilter | undefined }[];

export interface Circle {
  center: Point;
  /** In metres. */
  radius: number;
}

/** A property must be in each of these boxes: an index can find them. */
export function boxesOf({ box, circle, polygons }: PropertyFilter): Box[] {
  return [
    ...(box ? [box] : []),
    ...(circle ? [boxAround(circle.center, circle.radius)] : []),
    ...(polygons ? [boxAroundPolygons(polygons)] : []),
  ];
}

const DEFAULT_RADIUS_METRES = 5_000;
const REDUCED_MS = 90 * 86_400_000;

/** The earliest reduction that `priceReduced` finds now, in milliseconds since 1970. */
export const reducedSince = (): number => Date.now() - REDUCED_MS;

/**
 * Turns query parameters into a filter.
 * @param options.includeHidden also match hidden properties; ignored when the input names a status or an availability
 */
export function toFilter(input: PropertyFilterInput, { includeHidden = false } = {}): PropertyFilter {
  const isRequested = (status: PublicStatus, availability: Availability): boolean =>
    (input.status?.includes(status) ?? true) && (input.availability ?? availability) === availability;
  return {
    statuses: PUBLIC_STATUS_NAMES.filter((status) => isRequested(status, PUBLIC_STATUSES[status])),
    includeHidden: includeHidden && !input.status && !input.availability ? true : undefined,
    cityKeys: distinct(input.city?.map(cityKey)),
    propertyTypes: distinct(input.propertyType),
    strata: distinct(input.stratum),
    minPrice: input.minPrice,
    maxPrice: input.maxPrice,
    minYear: input.minYear,
    maxYear: input.maxYear,
    minArea: input.minArea,
    maxArea: input.maxArea,
    minBedrooms: input.minBedrooms,
    maxBedrooms: input.maxBedrooms,
    minBathrooms: input.minBathrooms,
    maxBathrooms: input.maxBathrooms,
    minParkingSpots: input.minParkingSpots,
    minDaysOnMarket: input.minDaysOnMarket,
    maxDaysOnMarket: input.maxDaysOnMarket,
    priceReduced: input.priceReduced ? true : undefined,
    box: input.bbox && toBox(input.bbox),
    circle: input.near && {
      center: { lat: input.near[0], lng: input.near[1] },
      radius: input.radius ?? DEFAULT_RADIUS_METRES,
    },
    polygons: distinctPolygons(input.polygon),
    words: input.q === undefined ? undefined : splitWords(input.q),
  } satisfies Record<keyof PropertyFilter, PropertyFilter[keyof PropertyFilter]>;
}

function toBox([west, south, east, north]: readonly [number, number, number, number]): Box {
  return { west, south, east, north };
}

// Sorted: the order of repeated parameters must not change the scope of a cursor.
function distinct<T extends string | number>(values: readonly T[] | undefined): T[] | undefined {
  return values && [...new Set(values)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function distinctPolygons(polygons: readonly Polygon[] | undefined): Polygon[] | undefined {
  return distinct(polygons?.map((polygon) => JSON.stringify(polygon)))?.map(
    (text) => JSON.parse(text) as Polygon,
  );
}

/** The scope of a cursor: equal filters and equal sorts give equal text, however the client wrote them. */
export function listScope(sort: SortName, filter: PropertyFilter): string {
  return JSON.stringify(['properties', sort, filter]);
}
