import { type PropertyFilter } from '../search/filter.js';
import { PUBLIC_STATUS_NAMES } from '../model/status.js';

export const FACET_NAMES = ['city', 'status', 'propertyType', 'bedrooms', 'price', 'year'] as const;
export type Facet = (typeof FACET_NAMES)[number];
export type Counter = Facet | 'total';

/** How many properties have a value. */
export interface FacetRow {
  readonly facet: Counter;
  /** '' unless `facet` is `city`. */
  readonly city_key: string;
  /** The id of a status; the lower border of a finest price bucket; the value itself for other facets; null for `total`. */
  readonly value: string | null;
  readonly homes: number;
}

/** The ids of the statuses in `rows`. */
export function statusIdsOf(rows: readonly FacetRow[]): number[] {
  return rows.filter(({ facet }) => facet === 'status').map(({ value }) => Number(value));
}

/** Removes a facet's own filter, so that a front end can show the alternatives to the chosen value. */
export const WITHOUT_OWN_FILTER: Readonly<Record<Facet, Partial<PropertyFilter>>> = {
  city: { cityKeys: undefined },
  status: { statuses: PUBLIC_STATUS_NAMES },
  propertyType: { propertyTypes: undefined },
  bedrooms: { minBedrooms: undefined, maxBedrooms: undefined },
  price: { minPrice: undefined, maxPrice: undefined },
  year: { minYear: undefined, maxYear: undefined },
};
