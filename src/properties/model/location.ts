/** Degrees, WGS 84. */
export interface Point {
  readonly lat: number;
  readonly lng: number;
}

/** The columns of a property row. The driver gives decimals as text. */
interface Coordinates {
  readonly latitude: number | string | null;
  readonly longitude: number | string | null;
}

/** Degrees; borders included. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Metres: the mean radius of the earth (IUGG). */
export const EARTH_RADIUS = 6_371_008.8;

/**
 * Where a property row says that it is.
 * @returns null without both coordinates, and at 0/0: programs write that where they know none
 */
export function pointOf({ latitude, longitude }: Coordinates): Point | null {
  if (latitude === null || longitude === null) return null;
  const point = { lat: Number(latitude), lng: Number(longitude) };
  return point.lat === 0 && point.lng === 0 ? null : point;
}

/** The smallest box around a circle; all longitudes where it holds a pole or crosses the date line. */
export function boxAround({ lat, lng }: Point, radius: number): Box {
  // A little wider, so that no rounding cuts off what lies on the border.
  const angle = (radius / EARTH_RADIUS) * (180 / Math.PI) * 1.000_001 + 1e-6;
  const south = lat - angle;
  const north = lat + angle;
  const half =
    south <= -90 || north >= 90
      ? 180
      : (Math.asin(Math.min(1, Math.sin((angle * Math.PI) / 180) / Math.cos((lat * Math.PI) / 180))) * 180) /
        Math.PI;
  const across = half >= 180 || lng - half < -180 || lng + half > 180;
  return across
    ? { west: -180, south, east: 180, north }
    : { west: lng - half, south, east: lng + half, north };
}
