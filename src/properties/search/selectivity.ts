import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { PropertyFilter } from './filter.js';
import { all, type Sql } from './filter-sql.js';
import { priceStepWidth } from '../search-index/price-step.js';

// What the market is like does not change by the minute, and a wrong estimate only costs time.
const MAX_AGE_MS = 300_000;
const MOST_SECTIONS = 500;

interface Market {
  readonly homes: number;
  readonly prices: readonly Value[];
  readonly years: readonly Value[];
  readonly bedrooms: readonly Value[];
  readonly types: ReadonlyMap<string, number>;
}
/** So many homes are spread over `width` values from `value` on. */
interface Value {
  readonly value: number;
  readonly width: number;
  readonly homes: number;
}

/** About how many homes of its cities a search has. */
export interface Estimate {
  /** Which part of them, as if what it asks for were independent of each other. */
  readonly share: number;
  /** Of the price and the year the one that leads to fewer homes, and to how many. */
  readonly column: 'price' | 'year';
  readonly homes: number;
}

/** Estimates from the counts that are kept, in memory, so that a search goes the right way at once. */
@Injectable()
export class Selectivity {
  readonly #markets = new Map<string, { until: number; market: Promise<Market> }>();

  constructor(private readonly em: EntityManager) {}

  /** @returns null when it asks for something of which there are no counts */
  async estimate(filter: PropertyFilter): Promise<Estimate | null> {
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
    const { homes, prices, years, bedrooms, types } = await this.#market(cityKeys);
    if (homes === 0) return null;
    const price = between(prices, minPrice, maxPrice);
    const year = between(years, minYear, maxYear);
    const rest = [
      between(bedrooms, minBedrooms, undefined),
      propertyTypes && propertyTypes.reduce((sum, type) => sum + (types.get(type) ?? 0), 0),
    ];
    return {
      share: [price, year, ...rest].reduce<number>(
        (share, count) => (count === undefined ? share : (share * count) / homes),
        1,
      ),
      column: (price ?? Infinity) <= (year ?? Infinity) ? 'price' : 'year',
      homes: Math.min(price ?? Infinity, year ?? Infinity),
    };
  }

  #market(cityKeys: readonly string[] | undefined): Promise<Market> {
    const key = JSON.stringify(cityKeys ?? null);
    const known = this.#markets.get(key);
    if (known && known.until > performance.now()) return known.market;
    // The one that was loaded first goes.
    const [oldest] = this.#markets.keys();
    if (this.#markets.size >= MOST_SECTIONS && oldest !== undefined) this.#markets.delete(oldest);
    const market = this.#load(cityKeys);
    this.#markets.delete(key);
    this.#markets.set(key, { until: performance.now() + MAX_AGE_MS, market });
    market.catch(() => this.#markets.delete(key));
    return market;
  }

  async #load(cityKeys: readonly string[] | undefined): Promise<Market> {
    const prefix = cityKeys ? '' : 'all-';
    const count = (facet: string, value: Sql): Sql => sql`
      (select ${facet} as facet, ${value} as value, sum(homes) as homes from facet_count
      where ${all([
        sql`facet = ${prefix + (facet === 'types' ? 'bedrooms' : facet)}`,
        ...(cityKeys ? [sql`city_key in (${sql.join(cityKeys)})`] : []),
      ])} group by ${value})`;
    const parts = ['price', 'year', 'bedrooms'].map((facet) => count(facet, sql`value`));
    parts.push(count('types', sql`property_type`));
    const { rows } = await sql<{
      facet: string;
      value: string;
      homes: string;
    }>`${sql.join(parts, sql` union all `)}`.execute(this.em.getKysely());
    const numbers = (facet: string, widthOf: (value: number) => number = () => 1): Value[] =>
      rows.flatMap((row) =>
        row.facet === facet && row.value !== ''
          ? [{ value: Number(row.value), width: widthOf(Number(row.value)), homes: Number(row.homes) }]
          : [],
      );
    const types = rows
      .filter((row) => row.facet === 'types')
      .map((row) => [row.value, Number(row.homes)] as const);
    return {
      homes: types.reduce((sum, [, homes]) => sum + homes, 0),
      prices: numbers('price', priceStepWidth),
      years: numbers('year'),
      bedrooms: numbers('bedrooms'),
      types: new Map(types),
    };
  }
}

/** About how many have a value in the range; undefined when none is asked for. */
function between(values: readonly Value[], min = -Infinity, max = Infinity): number | undefined {
  if (min === -Infinity && max === Infinity) return undefined;
  let sum = 0;
  for (const { value, width, homes } of values) {
    const inside = Math.min(max + 1, value + width) - Math.max(min, value);
    if (inside > 0) sum += (homes * inside) / width;
  }
  return sum;
}
