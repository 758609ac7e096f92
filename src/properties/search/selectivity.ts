import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { SqlRepository } from '../../database/sql-repository.js';
import type { PropertyFilter } from './filter.js';
import { all, type Sql, type StatusIds, statusesOf } from './filter-sql.js';
import { PUBLIC_STATUS_NAMES, PUBLIC_STATUSES } from '../model/status.js';
import { priceStepWidth } from '../search-index/price-step.js';

// Counts change slowly, and a wrong estimate costs only time.
const REFRESH_AFTER_MS = 300_000;
const MAX_CACHED_DISTRIBUTIONS = 500;
const COUNTED_FIELDS: ReadonlySet<string> = new Set<keyof PropertyFilter>([
  'statuses',
  'cityKeys',
  'propertyTypes',
  'minPrice',
  'maxPrice',
  'minYear',
  'maxYear',
  'minBedrooms',
]);

/** How the visible properties of some cities, or of the country, are distributed. */
export interface Distribution {
  readonly total: number;
  readonly prices: readonly ValueRange[];
  readonly years: readonly ValueRange[];
  readonly bedrooms: readonly ValueRange[];
  readonly countByType: ReadonlyMap<string, number>;
  readonly countByStatus: ReadonlyMap<number, number>;
}
/** `count` properties have a value of at least `from` and less than `from + width`. */
interface ValueRange {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/** About how many properties match a filter. */
export interface Estimate {
  /** The share of the properties in the index ranges of the filter that match, from 0 to 1; assumes independent filters. */
  readonly share: number;
  /** The column, price or year, whose range contains fewer properties. */
  readonly selectiveColumn: 'price' | 'year';
  /** How many properties that range contains; Infinity when the filter has no range of price or year. */
  readonly selectiveRows: number;
}

/** Estimates how many properties match, from the kept counts (`facet_count`). Caches them in memory. */
@Injectable()
export class Selectivity extends SqlRepository {
  /** By cities; without a distribution while the first one is loaded. */
  readonly #distributions = new LRUCache<string, { loadedAt: number; distribution: Distribution | null }>({
    max: MAX_CACHED_DISTRIBUTIONS,
  });

  /**
   * Never waits: the first search in some cities starts to load their distribution.
   * @returns null when the distribution is not known yet, when no counts are kept for the filter, or when there are no properties
   */
  estimate(filter: PropertyFilter, statusIds: StatusIds): Estimate | null {
    if (!hasCounts(filter)) return null;
    const distribution = this.#distributionOf(filter.cityKeys);
    return distribution?.total ? estimateOf(filter, statusIds, distribution) : null;
  }

  #distributionOf(cityKeys: readonly string[] | undefined): Distribution | null {
    const key = JSON.stringify(cityKeys ?? null);
    const known = this.#distributions.get(key);
    const now = performance.now();
    if (known && now - known.loadedAt < REFRESH_AFTER_MS) return known.distribution;
    const distribution = known?.distribution ?? null;
    this.#distributions.set(key, { loadedAt: now, distribution });
    this.#load(cityKeys).then(
      (loaded) => this.#distributions.set(key, { loadedAt: now, distribution: loaded }),
      // The next search tries again.
      () => this.#distributions.delete(key),
    );
    return distribution;
  }

  async #load(cityKeys: readonly string[] | undefined): Promise<Distribution> {
    const prefix = cityKeys ? '' : 'all-';
    const countsOf = (facet: string, value: Sql): Sql => sql`
      (select ${facet} as facet, ${value} as value, sum(homes) as homes from facet_count
      where ${all([
        sql`facet = ${prefix + (facet === 'types' || facet === 'statuses' ? 'bedrooms' : facet)}`,
        ...(cityKeys ? [sql`city_key in (${sql.join(cityKeys)})`] : []),
      ])} group by ${value})`;
    const selects = ['price', 'year', 'bedrooms'].map((facet) => countsOf(facet, sql`value`));
    selects.push(countsOf('types', sql`property_type`), countsOf('statuses', sql`status_id`));
    const { rows } = await sql<{
      facet: string;
      value: string;
      homes: number;
    }>`${sql.join(selects, sql` union all `)}`.execute(this.db);
    const rangesOf = (facet: string, widthOf: (value: number) => number = () => 1): ValueRange[] =>
      rows.flatMap((row) =>
        row.facet === facet && row.value !== ''
          ? [{ from: Number(row.value), width: widthOf(Number(row.value)), count: row.homes }]
          : [],
      );
    const countsBy = (facet: string): (readonly [string, number])[] =>
      rows.filter((row) => row.facet === facet).map((row) => [row.value, row.homes]);
    const types = countsBy('types');
    return {
      total: types.reduce((sum, [, count]) => sum + count, 0),
      prices: rangesOf('price', priceStepWidth),
      years: rangesOf('year'),
      bedrooms: rangesOf('bedrooms'),
      countByType: new Map(types),
      countByStatus: new Map(countsBy('statuses').map(([id, count]) => [Number(id), count])),
    };
  }
}

/** Whether the kept counts say something about each part of the filter. */
function hasCounts(filter: PropertyFilter): boolean {
  return (
    filter.statuses.length >= 2 &&
    Object.entries(filter).every(([field, value]) => value === undefined || COUNTED_FIELDS.has(field))
  );
}

export function estimateOf(
  filter: PropertyFilter,
  statusIds: StatusIds,
  { total, prices, years, bedrooms, countByType, countByStatus }: Distribution,
): Estimate {
  const { minPrice, maxPrice, minYear, maxYear, minBedrooms, propertyTypes } = filter;
  const inPrice = countBetween(prices, minPrice, maxPrice);
  const inYear = countBetween(years, minYear, maxYear);
  const counts = [
    inPrice,
    inYear,
    countBetween(bedrooms, minBedrooms, undefined),
    propertyTypes && sumOf(countByType, propertyTypes),
  ];
  const { availabilities, ids } = statusesOf(filter, statusIds);
  const inRanges = PUBLIC_STATUS_NAMES.filter((name) => availabilities.includes(PUBLIC_STATUSES[name]));
  const ofStatuses = ids
    ? sumOf(countByStatus, ids) /
      (sumOf(
        countByStatus,
        inRanges.map((name) => statusIds[name]!),
      ) || 1)
    : 1;
  return {
    share: counts.reduce<number>(
      (share, count) => (count === undefined ? share : (share * count) / total),
      ofStatuses,
    ),
    selectiveColumn: (inPrice ?? Infinity) <= (inYear ?? Infinity) ? 'price' : 'year',
    selectiveRows: Math.min(inPrice ?? Infinity, inYear ?? Infinity),
  };
}

function sumOf<Key>(counts: ReadonlyMap<Key, number>, keys: readonly Key[]): number {
  return keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
}

/** About how many properties have a value from `min` to `max`, borders included; undefined without a border. */
function countBetween(ranges: readonly ValueRange[], min = -Infinity, max = Infinity): number | undefined {
  if (min === -Infinity && max === Infinity) return undefined;
  let sum = 0;
  for (const { from, width, count } of ranges) {
    const inside = Math.min(max + 1, from + width) - Math.max(min, from);
    if (inside > 0) sum += (count * inside) / width;
  }
  return sum;
}
