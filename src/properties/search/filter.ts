import { cityKey } from '../model/city-key.js';
import type { PropertyFilterInput } from '../dto/property-filter.input.js';
import type { SortName } from './sort.js';
import type { Box, Point } from '../model/location.js';
import { splitWords } from '../search-index/words.js';
import {
  type Availability,
  PUBLIC_STATUS_NAMES,
  PUBLIC_STATUSES,
  type PublicStatus,
} from '../model/status.js';

/** Which homes a list has. Absent: any. A home whose value is unknown matches no filter on it. */
export interface PropertyFilter {
  statuses: readonly PublicStatus[];
  /** Hidden homes, too. */
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
  minBathrooms?: number;
  box?: Box;
  circle?: Circle;
  /** Folded, repeats included: all of them must be found. */
  words?: readonly string[];
}

export interface Circle {
  center: Point;
  /** Metres. */
  radius: number;
}

const DEFAULT_RADIUS = 5_000;

/** @param options.includeHidden where neither a status nor an availability is asked for */
export function toFilter(input: PropertyFilterInput, { includeHidden = false } = {}): PropertyFilter {
  const asked = (status: PublicStatus, availability: Availability): boolean =>
    (input.status?.includes(status) ?? true) && (input.availability ?? availability) === availability;
  return {
    statuses: PUBLIC_STATUS_NAMES.filter((status) => asked(status, PUBLIC_STATUSES[status])),
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
    minBathrooms: input.minBathrooms,
    box: input.bbox && toBox(input.bbox),
    circle: input.near && {
      center: { lat: input.near[0], lng: input.near[1] },
      radius: input.radius ?? DEFAULT_RADIUS,
    },
    words: input.q === undefined ? undefined : splitWords(input.q),
  };
}

function toBox([west, south, east, north]: readonly [number, number, number, number]): Box {
  return { west, south, east, north };
}

// Sorted, so that the order in which values are repeated makes no other cursor.
function distinct<T extends string | number>(values: readonly T[] | undefined): T[] | undefined {
  return values && [...new Set(values)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What a cursor is bound to: the same filters and sort, however they were written, give the same text. */
export function listScope(sort: SortName, filter: PropertyFilter): string {
  return JSON.stringify(['properties', sort, filter]);
}
