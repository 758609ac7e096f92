import type { PropertyType } from '../properties/model/property-type.js';
import type { Listing } from '../properties/write/listing.js';

export type Range = readonly [min: number, max: number];

/** The form of the addresses in a place: a grid of numbered streets, kilometres on a road, or numbered blocks. */
export type Streets =
  | {
      kind: 'grid';
      calles: Range;
      calleSide: string;
      carreras: Range;
      carreraSide: string;
      avenidas: boolean;
    }
  | { kind: 'road'; name: string; km: Range }
  | { kind: 'blocks'; blocks: Range };

/** A neighbourhood, an industrial zone or a vereda. */
export interface DemoPlace {
  name: string;
  latitude: number;
  longitude: number;
  /** Metres: the maximum distance of a listing from the centre. */
  radius: number;
  strata: Range;
  /** Millions of COP per m² of an ordinary used apartment. In a rural place: per m² of land. */
  pricePerM2: number;
  streets: Streets;
  /** Letters of the property types that are sold here, see TYPES in demo-properties.ts. */
  types: string;
  landmarks: readonly string[];
  /** The earliest year of construction. */
  since: number;
  rural: boolean;
}

export interface DemoCity {
  name: string;
  latitude: number;
  longitude: number;
  isHot: boolean;
  places: readonly DemoPlace[];
}

/** The facts of a generated property. Address, price and description are derived from them. */
export interface DemoProperty {
  type: PropertyType;
  city: DemoCity;
  place: DemoPlace;
  stratum: number;
  area: number;
  bedrooms: number | null;
  bathrooms: number | null;
  parkingSpots: number | null;
  year: number | null;
  /** Number of storeys of the building. */
  floors: number;
  /** The floor of an apartment, a studio or an office; null for other types. */
  floor: number | null;
  /** The name of its conjunto or edificio; null without a name. */
  complex: string | null;
  gated: boolean;
  condition: 'remodelled' | 'dated' | 'ordinary';
}

export type DemoStatus = 'comprando' | 'comprado' | 'pre_venta' | 'en_venta' | 'vendido';

export interface DemoStatusChange {
  status: DemoStatus;
  at: Date;
}

export interface DemoListing extends Required<Omit<Listing, 'address' | 'createdAt' | 'history'>> {
  address: string;
  /** Oldest first. */
  history: DemoStatusChange[];
}
