import type { PropertyType } from '../properties/model/property-type.js';

type Climate = 'cold' | 'mild' | 'hot';
export type Range = readonly [min: number, max: number];

/** How addresses are written in a place: a grid of numbered streets, kilometres on a road, or numbered blocks. */
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
  /** Listings lie within this many metres of the centre. */
  radius: number;
  strata: Range;
  /** Millions of COP per m2 of an ordinary used apartment; of bare land where only land and farms are sold. */
  pricePerM2: number;
  streets: Streets;
  /** Letters of the property types sold here, see TYPES in demo-properties.ts. */
  types: string;
  landmarks: readonly string[];
  /** Nothing here was built earlier. */
  since: number;
  rural: boolean;
}

export interface DemoCity {
  name: string;
  latitude: number;
  longitude: number;
  climate: Climate;
  /** Public transport as sentences name it, in the plural. */
  transit: string;
  /** What upper floors look at. */
  view: string;
  places: readonly DemoPlace[];
}

/** The rows of a city's table, columns separated by `|`: see demo-places-large.ts. */
export interface CityTable extends Omit<DemoCity, 'places'> {
  table: string;
}

/** Everything known about a property; address, price and description are derived from it. */
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
  /** Storeys of the building; the unit's own floor where it has one. */
  floors: number;
  floor: number | null;
  /** Width and depth in metres of a lot in a town. */
  front: readonly [width: number, depth: number] | null;
  /** The named complex it belongs to: a conjunto, an edificio. */
  complex: string | null;
  gated: boolean;
  condition: 'remodelled' | 'dated' | 'ordinary';
}

export type DemoStatus = 'comprando' | 'comprado' | 'pre_venta' | 'en_venta' | 'vendido';

export interface DemoStatusChange {
  status: DemoStatus;
  at: Date;
}

export interface DemoListing {
  externalRef: string;
  address: string;
  city: string;
  neighbourhood: string | null;
  /** Whole COP. */
  price: number | null;
  currency: 'COP';
  description: string | null;
  year: number | null;
  propertyType: PropertyType | null;
  /** Square metres. */
  area: number | null;
  bedrooms: number | null;
  bathrooms: number | null;
  parkingSpots: number | null;
  stratum: number | null;
  latitude: number | null;
  longitude: number | null;
  /** Oldest first. */
  history: DemoStatusChange[];
}
