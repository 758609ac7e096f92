import type { Photo } from '../model/photo.js';
import type { PropertyType } from '../model/property-type.js';

/** A property record from an import or from the demo data: validated, without an id. */
export interface Listing {
  /** Its id in its source, `source:id`. Listings with the same reference are the same property. */
  externalRef: string;
  city: string;
  /** Null or absent means unknown, here and below. */
  address?: string | null;
  neighbourhood?: string | null;
  price?: number | null;
  /** ISO 4217. Unknown means COP. */
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
  /** In order. Absent: the stored photos stay. */
  photos?: readonly Photo[] | null;
  /** Ignored when the property is already stored. */
  createdAt?: Date | null;
  /**
   * The known status history, in any order. An entry is added when the stored history has another status, or none, at
   * its time. An entry without a time applies only to a new property, and gets the time of the import.
   */
  history: readonly { status: string; at: Date | null }[];
}

/** Rounds a value like its decimal column does. Without it, a stored row would differ from the value written to it. */
export function rounded(value: number | null | undefined, digits: number): number | null {
  return value === null || value === undefined ? null : Number(value.toFixed(digits));
}

/** Result of saving one listing. */
export type SaveOutcome = 'created' | 'updated' | 'unchanged';
