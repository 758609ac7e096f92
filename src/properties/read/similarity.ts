import { EARTH_RADIUS } from '../model/location.js';
import type { ComparedRow } from '../search/similar.repository.js';

// How much of each difference counts as one step; the steps add up.
const PRICE_STEP = Math.log(1.25);
const AREA_STEP = Math.log(1.3);
const METRES_STEP = 2_000;
const BEDROOM_STEP = 2;
const UNKNOWN = 1;

/** How far apart two homes of a kind and city are in price, size and place; 0 is alike. */
export function difference(home: ComparedRow, other: ComparedRow): number {
  const ratio = (a: number | null, b: number | null, step: number): number =>
    a === null || b === null || a <= 0 || b <= 0 ? UNKNOWN : Math.abs(Math.log(a / b)) / step;
  const bedrooms =
    home.bedrooms === null || other.bedrooms === null
      ? 0
      : Math.abs(home.bedrooms - other.bedrooms) / BEDROOM_STEP;
  // Who looks at a home that can be bought wants another one that can.
  const sold = home.availability === 'available' && other.availability === 'sold' ? 1 : 0;
  return (
    ratio(home.price, other.price, PRICE_STEP) +
    ratio(home.area, other.area, AREA_STEP) +
    placeSteps(home, other) +
    bedrooms +
    sold
  );
}

function placeSteps(home: ComparedRow, other: ComparedRow): number {
  if (isSameNeighbourhood(home, other)) return 0;
  const metres = metresBetween(home, other);
  return metres === null ? UNKNOWN : Math.min(3, metres / METRES_STEP);
}

/** What makes `other` worth a look for who looks at `home`: `same neighbourhood, 8 % cheaper, 12 m² larger`. */
export function reasonFor(home: ComparedRow, other: ComparedRow): string {
  return [placeReason(home, other), priceReason(home, other), areaReason(home, other)]
    .filter((reason) => reason !== null)
    .join(', ');
}

function placeReason(home: ComparedRow, other: ComparedRow): string {
  if (isSameNeighbourhood(home, other)) return 'same neighbourhood';
  const metres = metresBetween(home, other);
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

function isSameNeighbourhood(home: ComparedRow, other: ComparedRow): boolean {
  return home.neighbourhood_key !== '' && home.neighbourhood_key === other.neighbourhood_key;
}

/** Along the great circle (haversine); null where one of them has no place. */
function metresBetween(a: ComparedRow, b: ComparedRow): number | null {
  if (a.latitude === null || a.longitude === null || b.latitude === null || b.longitude === null) return null;
  const radians = Math.PI / 180;
  const h =
    Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2 +
    Math.cos(a.latitude * radians) *
      Math.cos(b.latitude * radians) *
      Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}
