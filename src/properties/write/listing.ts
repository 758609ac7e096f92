import type { PropertyType } from '../model/property-type.js';

/** A listing as an import or the demo data bring it: our own terms, checked, still without an id. */
export interface Listing {
  /** Where it comes from, `source:id`: the same reference is the same home. */
  externalRef: string;
  city: string;
  /** Null and absent are unknown. */
  address?: string | null;
  neighbourhood?: string | null;
  price?: number | null;
  /** ISO 4217; unknown is COP. */
  currency?: string | null;
  description?: string | null;
  year?: number | null;
  propertyType?: PropertyType | null;
  /** m² */
  area?: number | null;
  bedrooms?: number | null;
  bathrooms?: number | null;
  parkingSpots?: number | null;
  stratum?: number | null;
  /** Degrees, WGS 84. */
  latitude?: number | null;
  longitude?: number | null;
  /** Of a listing that stands already it is left alone. */
  createdAt?: Date | null;
  /**
   * What is known of its history, in any order. A step is added when the history has another status at its time, not
   * when it only repeats. A step without a time belongs to a listing that is new: it is taken now, and left out where
   * the listing stands already.
   */
  history: readonly { status: string; at: Date | null }[];
}

/** As the columns of decimals round it, or what is written would differ from its own row. */
export function rounded(value: number | null | undefined, digits: number): number | null {
  return value === null || value === undefined ? null : Number(value.toFixed(digits));
}

/** What saving did to each listing, in their order. */
export type SaveOutcome = 'created' | 'updated' | 'unchanged';
