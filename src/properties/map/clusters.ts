import { setImmediate } from 'node:timers/promises';
import type { Box, Point } from '../model/location.js';
import type { MatchingProperties } from '../facets/matching-properties.js';

/** Properties of one cell of the map's grid. */
export interface Cluster {
  /** The mean of its locations. */
  readonly location: Point;
  readonly count: number;
  readonly box: Box;
  /** The prices of its properties; null when no price is known. */
  readonly price: { readonly min: number; readonly median: number; readonly max: number } | null;
  /** One of its properties. */
  readonly id: number;
}

export const MAX_CLUSTERS = 400;
export const MAX_ZOOM = 20;
/** From this zoom on, only properties with equal locations are joined. */
const EXACT_ZOOM = 17;
/** A tile of the map has 2^2 × 2^2 cells. */
const CELL_LEVELS = 2;
/** The finest level of the grid: the world has 2^22 × 2^22 cells. */
const MAX_LEVEL = MAX_ZOOM + CELL_LEVELS;
const CELLS = 2 ** MAX_LEVEL;

/**
 * Joins properties by the cells of a web map (Web Mercator, tiles of 256 pixels with 4 × 4 cells). The grid gets coarser until
 * there are at most 400 clusters. Each property is in exactly one of them.
 * @returns the largest first, of equal sizes from north to south
 */
export async function clustersOf(properties: MatchingProperties, zoom: number): Promise<Cluster[]> {
  const exact = zoom >= EXACT_ZOOM ? groupByLocation(properties) : null;
  const groups = exact ?? groupByCell(properties, zoom + CELL_LEVELS);
  // A million properties take 0.1 s before and after: other requests run between.
  await setImmediate();
  return summarise(properties, groups);
}

/** The number of the group of each property. */
interface Groups {
  readonly of: Uint16Array;
  readonly size: number;
}

/** @returns null when there are too many different locations */
function groupByLocation({ latitudes, longitudes }: MatchingProperties): Groups | null {
  const of = new Uint16Array(latitudes.length);
  const groups = new Map<string, number>();
  for (let i = 0; i < of.length; i++) {
    const key = `${latitudes[i]} ${longitudes[i]}`;
    let group = groups.get(key);
    if (group === undefined) {
      if (groups.size === MAX_CLUSTERS) return null;
      groups.set(key, (group = groups.size));
    }
    of[i] = group;
  }
  return { of, size: groups.size };
}

/** @param level of the finest grid that is tried */
function groupByCell({ latitudes, longitudes }: MatchingProperties, level: number): Groups {
  const xs = new Int32Array(latitudes.length);
  const ys = new Int32Array(latitudes.length);
  let [firstX, firstY, lastY] = [CELLS, CELLS, 0];
  for (let i = 0; i < xs.length; i++) {
    const x = (xs[i] = cellX(longitudes[i]!));
    const y = (ys[i] = cellY(latitudes[i]!));
    if (x < firstX) firstX = x;
    if (y < firstY) firstY = y;
    if (y > lastY) lastY = y;
  }
  let shift = MAX_LEVEL - level;
  // Counted from the first cell: small whole numbers are fast keys. The largest possible key is exact.
  const keyOf = (i: number): number =>
    ((xs[i]! >> shift) - (firstX >> shift)) * ((lastY >> shift) - (firstY >> shift) + 1) +
    ((ys[i]! >> shift) - (firstY >> shift));
  let cells = new Map<number, number>();
  for (let i = 0; i < xs.length; i++) {
    const key = keyOf(i);
    if (cells.has(key)) continue;
    cells.set(key, i);
    while (cells.size > MAX_CLUSTERS) {
      shift++;
      cells = new Map([...cells.values()].map((first) => [keyOf(first), first]));
    }
  }
  const groupOf = new Map([...cells.keys()].map((key, group) => [key, group]));
  const of = new Uint16Array(xs.length);
  for (let i = 0; i < of.length; i++) of[i] = groupOf.get(keyOf(i))!;
  return { of, size: groupOf.size };
}

const clamp = (cell: number): number => Math.min(Math.max(Math.floor(cell), 0), CELLS - 1);
const cellX = (lng: number): number => clamp(((lng + 180) / 360) * CELLS);
/** Web Mercator: y = (1 - artanh(sin(lat)) / π) / 2, from 0 in the north to 1 in the south. */
const cellY = (lat: number): number =>
  clamp((0.5 - Math.atanh(Math.sin((lat * Math.PI) / 180)) / (2 * Math.PI)) * CELLS);

/** The numbers of one cluster while its properties are added. */
class ClusterSums {
  #count = 0;
  #lat = 0;
  #lng = 0;
  #box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  readonly #prices: number[] = [];

  constructor(private readonly id: number) {}

  add(lat: number, lng: number, price: number): void {
    this.#count++;
    this.#lat += lat;
    this.#lng += lng;
    const box = this.#box;
    if (lng < box.west) box.west = lng;
    if (lng > box.east) box.east = lng;
    if (lat < box.south) box.south = lat;
    if (lat > box.north) box.north = lat;
    if (!Number.isNaN(price)) this.#prices.push(price);
  }

  toCluster(): Cluster {
    const prices = Float64Array.from(this.#prices).toSorted();
    return {
      location: {
        lat: toMicrodegrees(this.#lat / this.#count),
        lng: toMicrodegrees(this.#lng / this.#count),
      },
      count: this.#count,
      box: this.#box,
      price: prices.length > 0 ? { min: prices[0]!, median: median(prices), max: prices.at(-1)! } : null,
      id: this.id,
    };
  }
}

const toMicrodegrees = (degrees: number): number => Number(degrees.toFixed(6));

/** The median of sorted whole numbers, rounded half away from zero. */
function median(sorted: Float64Array): number {
  const middle = (sorted.length - 1) / 2;
  const value = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return Math.sign(value) * Math.round(Math.abs(value));
}

function summarise(properties: MatchingProperties, { of, size }: Groups): Cluster[] {
  const { ids, latitudes, longitudes, prices } = properties;
  const sums: ClusterSums[] = Array.from({ length: size });
  for (let i = 0; i < of.length; i++)
    (sums[of[i]!] ??= new ClusterSums(ids[i]!)).add(latitudes[i]!, longitudes[i]!, prices[i]!);
  return sums
    .map((sum) => sum.toCluster())
    .toSorted(
      (a, b) => b.count - a.count || b.location.lat - a.location.lat || a.location.lng - b.location.lng,
    );
}
