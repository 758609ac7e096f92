import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { SqlRepository } from '../../database/sql-repository.js';
import type { PropertyFilter } from './filter.js';
import { all, type Sql } from './filter-sql.js';
import { priceStepWidth } from '../search-index/price-step.js';

// Counts change slowly, and a wrong estimate costs only time.
const REFRESH_AFTER_MS = 300_000;
const MAX_CACHED_DISTRIBUTIONS = 500;

/** How the visible properties of some cities, or of the country, are distributed. */
interface Distribution {
  readonly total: number;
  readonly prices: readonly ValueRange[];
  readonly years: readonly ValueRange[];
  readonly bedrooms: readonly ValueRange[];
  readonly countByType: ReadonlyMap<string, number>;
}
/** `count` properties have a value of at least `from` and less than `from + width`. */
interface ValueRange {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/** About how many properties match a filter. */
export interface Estimate {
  /** The share of the properties of the cities (or of the country) that match, from 0 to 1; assumes independent filters. */
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
  estimate(filter: PropertyFilter): Estimate | null {
    const {
      minPrice,
      maxPrice,
      minYear,
      maxYear,
      minBedrooms,
      propertyTypes,
      cityKeys,
      statuses,
      ...others
    } = filter;
    if (statuses.length < 2 || Object.values(others).some((value) => value !== undefined)) return null;
    const distribution = this.#distributionOf(cityKeys);
    if (!distribution?.total) return null;
    const { total, prices, years, bedrooms, countByType } = distribution;
    const inPrice = countBetween(prices, minPrice, maxPrice);
    const inYear = countBetween(years, minYear, maxYear);
    const counts = [
      inPrice,
      inYear,
      countBetween(bedrooms, minBedrooms, undefined),
      propertyTypes && propertyTypes.reduce((sum, type) => sum + (countByType.get(type) ?? 0), 0),
    ];
    return {
      share: counts.reduce<number>(
        (share, count) => (count === undefined ? share : (share * count) / total),
        1,
      ),
      selectiveColumn: (inPrice ?? Infinity) <= (inYear ?? Infinity) ? 'price' : 'year',
      selectiveRows: Math.min(inPrice ?? Infinity, inYear ?? Infinity),
    };
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
        sql`facet = ${prefix + (facet === 'types' ? 'bedrooms' : facet)}`,
        ...(cityKeys ? [sql`city_key in (${sql.join(cityKeys)})`] : []),
      ])} group by ${value})`;
    const selects = ['price', 'year', 'bedrooms'].map((facet) => countsOf(facet, sql`value`));
    selects.push(countsOf('types', sql`property_type`));
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
    const types = rows.filter((row) => row.facet === 'types').map((row) => [row.value, row.homes] as const);
    return {
      total: types.reduce((sum, [, count]) => sum + count, 0),
      prices: rangesOf('price', priceStepWidth),
      years: rangesOf('year'),
      bedrooms: rangesOf('bedrooms'),
      countByType: new Map(types),
    };
  }
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
