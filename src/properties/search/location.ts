/** Degrees, WGS 84. */
export interface Point {
  readonly lat: number;
  readonly lng: number;
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
