import type { RankedProperty } from './api/index.ts';

/** A rectangle on the map, in hundredths of a degree; y grows southwards. Near the equator both have the same length. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Ranked properties that are close to each other on the map. */
export interface ScorePlace {
  x: number;
  y: number;
  count: number;
  /** The sum of the scores. */
  score: number;
  best: RankedProperty;
}

/** The places of a view, and what the map and the table say of each. */
export interface PlacesShown {
  places: readonly ScorePlace[];
  nameOf: (place: ScorePlace) => string;
  hrefOf: (place: ScorePlace) => string;
  scoreOf: (place: ScorePlace) => string;
  /** The index of the place under the pointer or with the focus; null: none. */
  shown: number | null;
  onShown: (shown: number | null) => void;
}

/** Colombia without its islands. */
const COUNTRY: Box = { x: -7930, y: -1280, width: 1270, height: 1730 };
const CELLS = 60;
/** About 2 km. */
const SMALLEST_MARGIN = 2;

const UNIT = 100;

type Located = RankedProperty & { property: { location: { lat: number; lng: number } } };

/** The properties that have a location. */
export const located = (items: readonly RankedProperty[]): Located[] =>
  items.filter((item): item is Located => item.property.location !== null);

const pointOf = ({ property: { location } }: Located) => ({
  x: location.lng * UNIT,
  y: -location.lat * UNIT,
});

/** The part of the map that shows all of these. @param withCountry shows at least the whole country */
export function boxOf(items: readonly Located[], withCountry: boolean): Box {
  const points = items.map(pointOf);
  if (withCountry || points.length === 0) {
    const { x, y, width, height } = COUNTRY;
    points.push({ x, y }, { x: x + width, y: y + height });
  }
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const margin = Math.max(SMALLEST_MARGIN, 0.06 * Math.max(width, height));
  return { x: left - margin, y: top - margin, width: width + 2 * margin, height: height + 2 * margin };
}

/** Joins the properties in the same cell of a grid over the box. The highest score first. */
export function placesOf(items: readonly Located[], { width, height }: Box): ScorePlace[] {
  const cell = Math.max(width, height) / CELLS;
  const groups = new Map<string, Located[]>();
  for (const item of items) {
    const { x, y } = pointOf(item);
    const key = `${Math.floor(x / cell)} ${Math.floor(y / cell)}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()]
    .map((group) => {
      const points = group.map(pointOf);
      const mean = (values: readonly number[]): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      return {
        x: mean(points.map(({ x }) => x)),
        y: mean(points.map(({ y }) => y)),
        count: group.length,
        score: group.reduce((sum, { score }) => sum + score, 0),
        // The list begins with the best.
        best: group[0]!,
      };
    })
    .toSorted((a, b) => b.score - a.score || a.best.rank - b.best.rank);
}
