import { type Box, isInBox, type Point } from './location.js';

/** Corners in order; the last one is joined to the first. The lines are straight on the plane of longitude and latitude. */
export type Polygon = readonly Point[];

/** Corners are rounded to so many decimals of a degree, a tenth of a millimetre: whole numbers then compare exactly. */
const CORNER_DECIMALS = 9;
const UNITS_PER_DEGREE = 10 ** CORNER_DECIMALS;

/** A point in whole billionths of a degree. */
interface Position {
  readonly x: number;
  readonly y: number;
}

/** A line of a polygon. */
export interface Edge {
  readonly from: Position;
  readonly to: Position;
}

const positionOf = ({ lat, lng }: Point): Position => ({
  x: Math.round(lng * UNITS_PER_DEGREE),
  y: Math.round(lat * UNITS_PER_DEGREE),
});

/** Degrees of a corner, in plain decimals. */
export const inDecimals = (degrees: number): string => degrees.toFixed(CORNER_DECIMALS);

/** Degrees, in plain decimals. */
export const toDegrees = (units: number): string => inDecimals(units / UNITS_PER_DEGREE);

const areEqual = (a: Position, b: Position): boolean => a.x === b.x && a.y === b.y;

/** Rounds the corners, and removes each corner that the next one repeats; the first one follows the last one. */
export function polygonOf(corners: readonly Point[]): Polygon {
  const rounded = corners.map(({ lat, lng }) => ({
    lat: Number(lat.toFixed(CORNER_DECIMALS)),
    lng: Number(lng.toFixed(CORNER_DECIMALS)),
  }));
  const next = (i: number): Point => rounded[(i + 1) % rounded.length]!;
  return rounded.filter((corner, i) => !areEqual(positionOf(corner), positionOf(next(i))));
}

/** The lines, each from its lower to its upper end: the border does not depend on the order of the corners. */
export function edgesOf(polygon: Polygon): Edge[] {
  const positions = polygon.map(positionOf);
  return positions.map((to, i) => {
    const from = positions.at(i - 1)!;
    return from.y < to.y || (from.y === to.y && from.x < to.x) ? { from, to } : { from: to, to: from };
  });
}

/** The smallest box that contains all of `polygons`. */
export function boxAroundPolygons(polygons: readonly Polygon[]): Box {
  const corners = polygons.flat();
  const [lats, lngs] = [corners.map(({ lat }) => lat), corners.map(({ lng }) => lng)];
  return {
    west: Math.min(...lngs),
    south: Math.min(...lats),
    east: Math.max(...lngs),
    north: Math.max(...lats),
  };
}

/** Whether a polygon has at least three corners and no two of its lines cross, touch or overlap (a simple polygon). */
export function isSimple(polygon: Polygon): boolean {
  if (polygon.length < 3) return false;
  const corners = polygon.map(positionOf);
  const at = (i: number): Position => corners[i % corners.length]!;
  return corners.every((corner, i) => {
    const next = at(i + 1);
    if (isOn(corner, next, at(i + 2)) || isOn(next, at(i + 2), corner)) return false;
    // The lines before and after share a corner with this one.
    for (let j = i + 2; j < corners.length - (i === 0 ? 1 : 0); j++)
      if (haveCommonPoint(corner, next, at(j), at(j + 1))) return false;
    return true;
  });
}

/** Whether a point lies in the polygon with these lines, or on its border. */
function contains(edges: readonly Edge[], point: Position): boolean {
  let isInside = false;
  for (const { from, to } of edges) {
    if (point.y < from.y || point.y > to.y) continue;
    const side = sideOf(from, to, point);
    if (side === 0 && point.x >= Math.min(from.x, to.x) && point.x <= Math.max(from.x, to.x)) return true;
    // A ray to the right crosses the line. The upper end belongs to the next line.
    if (side > 0 && point.y < to.y) isInside = !isInside;
  }
  return isInside;
}

/** @returns whether a point in degrees lies in one of `polygons`. `inPolygons()` in filter-sql.ts computes the same in SQL. */
export function insideOf(polygons: readonly Polygon[]): (lat: number, lng: number) => boolean {
  const all = polygons.map((polygon) => ({ box: boxAroundPolygons([polygon]), edges: edgesOf(polygon) }));
  return (lat, lng) =>
    all.some(({ box, edges }) => isInBox(box, lat, lng) && contains(edges, positionOf({ lat, lng })));
}

/** On which side of the line from `a` to `b` the point lies: positive is left, 0 is on the line. Exact. */
function sideOf(a: Position, b: Position, point: Position): number {
  const left = (b.x - a.x) * (point.y - a.y);
  const right = (b.y - a.y) * (point.x - a.x);
  // The products are rounded: near the line, whole numbers of any size decide.
  if (Math.abs(left - right) > 1e-15 * (Math.abs(left) + Math.abs(right))) return left - right;
  return Number(BigInt(b.x - a.x) * BigInt(point.y - a.y) - BigInt(b.y - a.y) * BigInt(point.x - a.x));
}

/** Whether a point lies on the line from `a` to `b`, ends included. */
function isOn(a: Position, b: Position, point: Position): boolean {
  return (
    sideOf(a, b, point) === 0 &&
    point.x >= Math.min(a.x, b.x) &&
    point.x <= Math.max(a.x, b.x) &&
    point.y >= Math.min(a.y, b.y) &&
    point.y <= Math.max(a.y, b.y)
  );
}

function haveCommonPoint(a: Position, b: Position, c: Position, d: Position): boolean {
  const areApart = (p: Position, q: Position, one: Position, other: Position): boolean =>
    Math.sign(sideOf(p, q, one)) * Math.sign(sideOf(p, q, other)) === -1;
  if (areApart(a, b, c, d) && areApart(c, d, a, b)) return true;
  return isOn(a, b, c) || isOn(a, b, d) || isOn(c, d, a) || isOn(c, d, b);
}
