/** Degrees, WGS 84. */
export interface Point {
  readonly lat: number;
  readonly lng: number;
}

/** Columns of a property row. */
interface Coordinates {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Degrees, WGS 84; the borders belong to the box. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function isInBox({ west, south, east, north }: Box, lat: number, lng: number): boolean {
  return lat >= south && lat <= north && lng >= west && lng <= east;
}

/** The mean radius of the Earth (IUGG). */
export const EARTH_RADIUS_METRES = 6_371_008.8;

/**
 * The location of a property row.
 * @returns null when a coordinate is missing, and for 0/0, which other programs write for an unknown location
 */
export function pointOf({ latitude, longitude }: Coordinates): Point | null {
  if (latitude === null || longitude === null) return null;
  return latitude === 0 && longitude === 0 ? null : { lat: latitude, lng: longitude };
}

/**
 * The smallest box around a circle on the sphere. It contains all longitudes when the circle contains a pole or crosses the
 * date line. The half width is asin(sin(angle) / cos(lat)).
 */
export function boxAround({ lat, lng }: Point, radiusMetres: number): Box {
  // Slightly larger: rounding must not exclude a point on the border.
  const angle = (radiusMetres / EARTH_RADIUS_METRES) * (180 / Math.PI) * 1.000_001 + 1e-6;
  const south = lat - angle;
  const north = lat + angle;
  const halfWidth =
    south <= -90 || north >= 90
      ? 180
      : (Math.asin(Math.min(1, Math.sin((angle * Math.PI) / 180) / Math.cos((lat * Math.PI) / 180))) * 180) /
        Math.PI;
  const needsAllLongitudes = halfWidth >= 180 || lng - halfWidth < -180 || lng + halfWidth > 180;
  return needsAllLongitudes
    ? { west: -180, south, east: 180, north }
    : { west: lng - halfWidth, south, east: lng + halfWidth, north };
}

/** The great-circle distance in millimetres (haversine formula). `distanceMm()` in filter-sql.ts computes the same in SQL. */
export function distanceMm(a: Point, b: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const h =
    Math.sin(radians(b.lat - a.lat) / 2) ** 2 +
    Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lng - a.lng) / 2) ** 2;
  return Math.round(2000 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h))));
}
