import { EARTH_RADIUS_METRES } from '../model/location.js';
import type { ComparedRow } from '../search/similar.repository.js';

// One step is a price ratio of 1.25, an area ratio of 1.3, 2 km, or 2 bedrooms.
const PRICE_STEP_LOG = Math.log(1.25);
const AREA_STEP_LOG = Math.log(1.3);
const DISTANCE_STEP_METRES = 2_000;
const BEDROOM_STEP = 2;
/** Steps for a value that one of the two properties lacks. */
const UNKNOWN_STEPS = 1;
const MAX_DISTANCE_STEPS = 3;

/**
 * How much two properties of the same type and city differ in price, area, distance, bedrooms and availability.
 * @returns a sum of steps; 0 for properties that are alike
 */
export function dissimilarity(property: ComparedRow, other: ComparedRow): number {
  const ratioSteps = (a: number | null, b: number | null, stepLog: number): number =>
    a === null || b === null || a <= 0 || b <= 0 ? UNKNOWN_STEPS : Math.abs(Math.log(a / b)) / stepLog;
  const bedroomSteps =
    property.bedrooms === null || other.bedrooms === null
      ? 0
      : Math.abs(property.bedrooms - other.bedrooms) / BEDROOM_STEP;
  // A visitor of an available property prefers available ones.
  const soldSteps = property.availability === 'available' && other.availability === 'sold' ? 1 : 0;
  return (
    ratioSteps(property.price, other.price, PRICE_STEP_LOG) +
    ratioSteps(property.area, other.area, AREA_STEP_LOG) +
    distanceSteps(property, other) +
    bedroomSteps +
    soldSteps
  );
}

function distanceSteps(property: ComparedRow, other: ComparedRow): number {
  if (isSameNeighbourhood(property, other)) return 0;
  const metres = metresBetween(property, other);
  return metres === null ? UNKNOWN_STEPS : Math.min(MAX_DISTANCE_STEPS, metres / DISTANCE_STEP_METRES);
}

/** Compares `other` with `property` in words: `same neighbourhood, 8 % cheaper, 12 m² larger`. */
export function reasonFor(property: ComparedRow, other: ComparedRow): string {
  return [distanceReason(property, other), priceReason(property, other), areaReason(property, other)]
    .filter((reason) => reason !== null)
    .join(', ');
}

function distanceReason(property: ComparedRow, other: ComparedRow): string {
  if (isSameNeighbourhood(property, other)) return 'same neighbourhood';
  const metres = metresBetween(property, other);
  if (metres === null || metres > 20_000) return 'same city';
  return metres < 1_000
    ? `${Math.max(10, Math.round(metres / 10) * 10)} m away`
    : `${(metres / 1_000).toFixed(1)} km away`;
}

function priceReason({ price }: ComparedRow, other: ComparedRow): string | null {
  if (price === null || other.price === null || price <= 0) return null;
  const percent = Math.round((other.price / price - 1) * 100);
  if (percent === 0) return 'same price';
  return percent < 0 ? `${-percent} % cheaper` : `${percent} % more expensive`;
}

function areaReason({ area }: ComparedRow, other: ComparedRow): string | null {
  if (area === null || other.area === null) return null;
  const more = Math.round(other.area - area);
  if (more === 0) return 'same size';
  return more > 0 ? `${more} m² larger` : `${-more} m² smaller`;
}

function isSameNeighbourhood(property: ComparedRow, other: ComparedRow): boolean {
  return property.neighbourhood_key !== '' && property.neighbourhood_key === other.neighbourhood_key;
}

/** Distance along the great circle (haversine formula); null when a property has no location. */
function metresBetween(a: ComparedRow, b: ComparedRow): number | null {
  if (a.latitude === null || a.longitude === null || b.latitude === null || b.longitude === null) return null;
  const radians = Math.PI / 180;
  const h =
    Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2 +
    Math.cos(a.latitude * radians) *
      Math.cos(b.latitude * radians) *
      Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)));
}
