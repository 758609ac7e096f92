import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import type { PropertyFilter } from './filter.js';
import { PUBLIC_STATUS_NAMES } from '../model/status.js';
import type { Tables } from '../model/kysely-tables.js';
import { all, conditionsOf, inSections, type Sql, type StatusIds } from './filter-sql.js';
import { BY_WORDS, indexOfAll, indexOn, source } from './page-sql.js';
import { hasWords } from './words-sql.js';
import { pickSelectiveIndex } from './pick-selective-index.js';
import { SearchThrottle } from './throttle.js';
import { chooseFulltextStrategy } from './fulltext-strategy.js';

const FACETS = ['city', 'status', 'propertyType', 'bedrooms', 'price', 'year'] as const;
export type Facet = (typeof FACETS)[number];

/** How many homes have a value; what the value is differs by facet, see COLUMNS. */
export interface FacetRow {
  readonly facet: Facet | 'total';
  readonly city_key: string;
  readonly value: string | null;
  readonly homes: number;
}

/** The ids of the statuses that are counted. */
export function statusIdsOf(rows: readonly FacetRow[]): number[] {
  return rows.filter(({ facet }) => facet === 'status').map(({ value }) => Number(value));
}

// The status counts by id, the price by the lower border of its finest bucket.
const COLUMNS = {
  city: 'city',
  status: 'status_id',
  propertyType: 'property_type',
  bedrooms: 'bedrooms',
  price: 'price_step',
  year: 'year',
} as const satisfies Record<Facet, string>;

// Rows looked up one by one cost as much as 20 times as many read in a row: more, and reading all is faster.
const MOST_LOOKUPS = 40_000;
const MOST_LOOKUPS_IN_CITIES = 4_000;

/** Counts homes: from the counts that are kept where those can tell, from the homes themselves where not. */
@Injectable()
export class FacetRepository {
  constructor(
    private readonly em: EntityManager,
    private readonly load: SearchThrottle,
  ) {}

  get #db(): Kysely<Tables> {
    return this.em.getKysely<Tables>();
  }

  async countMatching(filter: PropertyFilter, statusIds: StatusIds): Promise<number> {
    const count = async (part: PropertyFilter): Promise<number> =>
      (await this.#count(new Map([['total', part]]), statusIds))[0]?.homes ?? 0;
    if (!filter.includeHidden) return count(filter);
    // Of the hidden no counts are kept, but of the others.
    const [shown, hidden] = await Promise.all([
      count({ ...filter, includeHidden: undefined }),
      count({ ...filter, statuses: [] }),
    ]);
    return shown + hidden;
  }

  /** The rows of each facet, counted with every filter but its own, and of the total. */
  countFacets(filter: PropertyFilter, statusIds: StatusIds): Promise<FacetRow[]> {
    const wanted = new Map<Facet | 'total', PropertyFilter>([['total', filter]]);
    for (const facet of FACETS) wanted.set(facet, { ...filter, ...WITHOUT_OWN[facet] });
    return this.#count(wanted, statusIds);
  }

  async #count(
    wanted: ReadonlyMap<Facet | 'total', PropertyFilter>,
    statusIds: StatusIds,
  ): Promise<FacetRow[]> {
    const kept: Sql[] = [];
    const live = new Map<string, { filter: PropertyFilter; facets: (Facet | 'total')[] }>();
    for (const [facet, filter] of wanted) {
      if (filter.statuses.length === 0 && !filter.includeHidden) continue;
      if (isCounted(filter)) {
        kept.push(fromCounts(facet, filter, statusIds));
      } else {
        // Several facets that are counted among the same homes.
        const same = live.get(JSON.stringify(filter)) ?? { filter, facets: [] };
        same.facets.push(facet);
        live.set(JSON.stringify(filter), same);
      }
    }
    const rows = kept.length > 0 ? await this.#read(sql.join(kept, sql` union all `)) : [];
    if (live.size === 0) return rows;
    return this.load.run(async (goOn) => {
      for (const { filter, facets } of live.values()) {
        goOn();
        rows.push(...(await this.#read(fromHomes(facets, await this.#homes(facets, filter, statusIds)))));
      }
      return rows;
    });
  }

  async #read(query: Sql): Promise<FacetRow[]> {
    const { rows } = await sql<FacetRow>`${query}`.execute(this.#db);
    return rows.map((row) => ({ ...row, homes: Number(row.homes) }));
  }

  /** Where the homes of a search are, and what they must be: `from … where …`. */
  async #homes(
    facets: readonly (Facet | 'total')[],
    filter: PropertyFilter,
    statusIds: StatusIds,
  ): Promise<Sql> {
    const { words } = filter;
    const own = conditionsOf(filter, statusIds);
    const conditions = [
      inSections(filter),
      ...own.map(({ sql: condition }) => condition),
      ...(words ? [hasWords(words)] : []),
    ];
    const [first] = own;
    if (facets.every((facet) => facet === 'total') && !words && first && first.on !== 'other') {
      // All that is asked is in one index: no row is looked up, however many there are.
      const column = first.on;
      if (own.every(({ on }) => on === column) && !(filter.cityKeys && column === 'location'))
        return sql`from ${source(indexOn(column, filter))} where ${all(conditions)}`;
    }
    const few = await pickSelectiveIndex(
      this.#db,
      { filter, statusIds },
      filter.cityKeys ? MOST_LOOKUPS_IN_CITIES : MOST_LOOKUPS,
      { cities: true },
    );
    if (!few && words) {
      const { match, isCommon } = await chooseFulltextStrategy(this.#db, words);
      if (!isCommon) return sql`from ${BY_WORDS} where ${all([match, ...conditions])}`;
    }
    const index = filter.includeHidden ? indexOn('newest', filter) : indexOfAll(filter);
    return sql`from ${source(few ?? index, { words: !!words })} where ${all(conditions)}`;
  }
}

/** The filters that are each facet's own, left out: so that a front end can show the alternatives. */
const WITHOUT_OWN: Readonly<Record<Facet, Partial<PropertyFilter>>> = {
  city: { cityKeys: undefined },
  status: { statuses: PUBLIC_STATUS_NAMES },
  propertyType: { propertyTypes: undefined },
  bedrooms: { minBedrooms: undefined },
  price: { minPrice: undefined, maxPrice: undefined },
  year: { minYear: undefined, maxYear: undefined },
};

// What `facet_count` knows of each home beside its value.
const COUNTED = new Set([
  'statuses',
  'cityKeys',
  'propertyTypes',
] satisfies (keyof PropertyFilter)[] as string[]);

function isCounted(filter: PropertyFilter): boolean {
  return Object.entries(filter).every(([name, value]) => value === undefined || COUNTED.has(name));
}

function fromCounts(facet: Facet | 'total', filter: PropertyFilter, statusIds: StatusIds): Sql {
  const ids = filter.statuses.flatMap((status) => statusIds[status] ?? []);
  const isOwn = facet === 'bedrooms' || facet === 'price' || facet === 'year';
  // Every home has one row of each kind: for what is in the key, the kind with the fewest rows will do.
  const own = isOwn ? facet : facet === 'city' ? 'city' : 'bedrooms';
  const kind = filter.cityKeys || facet === 'city' ? own : `all-${own}`;
  const key = facet === 'city' ? sql`city_key` : sql`''`;
  const value =
    facet === 'status' ? sql`status_id` : facet === 'propertyType' ? sql`property_type` : sql`value`;
  const conditions = [
    sql`facet = ${kind}`,
    ids.length > 0 ? sql`status_id in (${sql.join(ids)})` : sql`false`,
    ...(filter.cityKeys ? [sql`city_key in (${sql.join(filter.cityKeys)})`] : []),
    ...(filter.propertyTypes ? [sql`property_type in (${sql.join(filter.propertyTypes)})`] : []),
  ];
  return facet === 'total'
    ? sql`(select 'total' as facet, '' as city_key, null as value, coalesce(sum(homes), 0) as homes
      from facet_count where ${all(conditions)})`
    : sql`(select ${facet} as facet, ${key} as city_key, cast(${value} as char) as value, sum(homes) as homes
      from facet_count where ${all(conditions)} group by ${key}, ${value})`;
}

function fromHomes(facets: readonly (Facet | 'total')[], homes: Sql): Sql {
  const [only] = facets;
  if (facets.length === 1 && only) return countBy(only, sql`${homes}`);
  // Not merged: the server finds the homes once and counts them several times.
  const columns = [...new Set(facets.flatMap((facet) => columnsOf(facet)))].map((column) =>
    sql.ref(`s.${column}`),
  );
  return sql`with homes as (select ${columns.length > 0 ? sql.join(columns) : sql`1`} ${homes})
    ${sql.join(
      facets.map((facet) => countBy(facet, sql`from homes s`, sql`/*+ no_merge(s) */`)),
      sql` union all `,
    )}`;
}

function columnsOf(facet: Facet | 'total'): string[] {
  if (facet === 'total') return [];
  return facet === 'city' ? ['city_key', 'city'] : [COLUMNS[facet]];
}

function countBy(facet: Facet | 'total', from: Sql, hint: Sql = sql``): Sql {
  if (facet === 'total') {
    return sql`(select ${hint} 'total' as facet, '' as city_key, null as value, count(*) as homes ${from})`;
  }
  const columns = sql.join(columnsOf(facet).map((column) => sql.ref(`s.${column}`)));
  return sql`(select ${hint} ${facet} as facet, ${facet === 'city' ? sql`s.city_key` : sql`''`} as city_key,
    cast(${sql.ref(`s.${COLUMNS[facet]}`)} as char) as value, count(*) as homes ${from} group by ${columns})`;
}
