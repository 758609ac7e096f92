import type { Position } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';
import { cityKey } from './city-key.js';
import type { ListPropertiesInput } from './dto/list-properties.input.js';
import { type Availability, PUBLIC_STATUS_NAMES, PUBLIC_STATUSES, type PublicStatus } from './status.js';

/** Which homes a list has. Absent: any. A home whose value is unknown matches no filter on it. */
export interface PropertyFilter {
  statuses: readonly PublicStatus[];
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
}

/** A column to sort by. Its unknown values come last in either direction; ties are broken by id in `direction`. */
export interface SortKey {
  column: 'status_since' | 'price' | 'year' | 'area';
  direction: 'asc' | 'desc';
  /** What stands for an unknown value; undefined where every visible home has one. */
  unknown?: null | 0;
  /** What a cursor's key must look like. */
  form: RegExp;
}

const WHOLE = /^-?\d{1,19}$/;
const DECIMAL = /^-?\d{1,12}(\.\d{1,2})?$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

export const SORTS = {
  newest: { column: 'status_since', direction: 'desc', form: TIME },
  price: { column: 'price', direction: 'asc', unknown: 0, form: WHOLE },
  '-price': { column: 'price', direction: 'desc', unknown: 0, form: WHOLE },
  year: { column: 'year', direction: 'asc', unknown: null, form: WHOLE },
  '-year': { column: 'year', direction: 'desc', unknown: null, form: WHOLE },
  area: { column: 'area', direction: 'asc', unknown: null, form: DECIMAL },
  '-area': { column: 'area', direction: 'desc', unknown: null, form: DECIMAL },
} as const satisfies Record<string, SortKey>;

export type SortName = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as SortName[];

export function toFilter(input: ListPropertiesInput): PropertyFilter {
  const asked = (status: PublicStatus, availability: Availability): boolean =>
    (input.status?.includes(status) ?? true) && (input.availability ?? availability) === availability;
  return {
    statuses: PUBLIC_STATUS_NAMES.filter((status) => asked(status, PUBLIC_STATUSES[status])),
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
  };
}

// Sorted, so that the order in which values are repeated makes no other cursor.
function distinct<T extends string | number>(values: readonly T[] | undefined): T[] | undefined {
  return values && [...new Set(values)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What a cursor is bound to: the same filters and sort, however they were written, give the same text. */
export function listScope(sort: SortName, filter: PropertyFilter): string {
  return JSON.stringify(['properties', sort, filter]);
}

/** @throws InvalidParameters when the position can not be one of this sort. */
export function checkPosition(position: Position, { unknown, form }: SortKey): Position {
  const [key] = position;
  const fits = key === null ? unknown !== undefined : form.test(String(key));
  if (fits) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
