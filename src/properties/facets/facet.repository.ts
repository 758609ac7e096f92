import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { PropertyFilter } from '../search/filter.js';
import type { Tables } from '../model/kysely-tables.js';
import {
  all,
  type Condition,
  conditionsOf,
  inIndexRanges,
  type Sql,
  type StatusIds,
} from '../search/filter-sql.js';
import { FROM_FULLTEXT, fromIndex, fullScanIndex, indexOn } from '../search/page-sql.js';
import { hasWords } from '../search/words-sql.js';
import { pickSelectiveIndex } from '../search/pick-selective-index.js';
import { SearchThrottle } from '../search/throttle.js';
import type { Counter, Facet, FacetRow } from './facet.js';
import { chooseFulltextStrategy } from '../search/fulltext-strategy.js';

const COLUMN_OF_FACET = {
  city: 'city',
  status: 'status_id',
  propertyType: 'property_type',
  bedrooms: 'bedrooms',
  price: 'price_step',
  year: 'year',
} as const satisfies Record<Facet, string>;

// Bound the row lookups by key. A lookup costs about 20 times as much as the next row of an index: with more lookups, a read of
// all rows is faster.
const MAX_LOOKUPS_IN_COUNTRY = 40_000;
const MAX_LOOKUPS_IN_CITIES = 4_000;

type SearchColumns = Selectable<Tables['property_search']>;

type Filters = ReadonlyMap<Counter, PropertyFilter>;

/** Counts properties: from the kept counts (`facet_count`) when they suffice, else from the properties. */
@Injectable()
export class FacetRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly throttle: SearchThrottle,
  ) {
    super(em);
  }

  /** Counts each of `filters`. */
  async count(filters: Filters, statusIds: StatusIds): Promise<FacetRow[]> {
    return (await this.#count(filters, statusIds, { mayScanWords: true })) as FacetRow[];
  }

  /** Counts each of `filters`. @returns null when that would read the texts of all properties */
  countRareWords(filters: Filters, statusIds: StatusIds): Promise<FacetRow[] | null> {
    return this.#count(filters, statusIds, { mayScanWords: false });
  }

  /** Columns of the matching properties, in any order. */
  async findMatching<Column extends keyof SearchColumns>(
    columns: readonly Column[],
    filter: PropertyFilter,
    statusIds: StatusIds,
    limit: number,
  ): Promise<Pick<SearchColumns, Column>[]> {
    if (filter.statuses.length === 0) return [];
    return this.throttle.run({
      of: ['matching', columns, filter],
      run: async () => {
        const matching = (await this.#fromMatching(['city'], filter, statusIds, true)) as Sql;
        const selected = sql.join(columns.map((column) => sql.ref(`s.${column}`)));
        const { rows } = await sql<Pick<SearchColumns, Column>>`
          select ${selected} ${matching} limit ${limit}`.execute(this.db);
        return rows;
      },
    });
  }

  async #count(
    filters: Filters,
    statusIds: StatusIds,
    { mayScanWords }: { mayScanWords: boolean },
  ): Promise<FacetRow[] | null> {
    const kept: Sql[] = [];
    const fromRows = new Map<string, { filter: PropertyFilter; counters: Counter[] }>();
    for (const [counter, filter] of filters) {
      if (filter.statuses.length === 0 && !filter.includeHidden) continue;
      if (hasKeptCounts(filter)) {
        kept.push(selectKeptCounts(counter, filter, statusIds));
      } else {
        // Facets with the same filter are counted in one statement.
        const same = fromRows.get(JSON.stringify(filter)) ?? { filter, counters: [] };
        same.counters.push(counter);
        fromRows.set(JSON.stringify(filter), same);
      }
    }
    const rows = kept.length > 0 ? await this.#read(sql.join(kept, sql` union all `)) : [];
    if (fromRows.size === 0) return rows;
    return this.throttle.run({
      of: ['facets', ...filters],
      run: async (checkDeadline) => {
        for (const { filter, counters } of fromRows.values()) {
          checkDeadline();
          const matching = await this.#fromMatching(counters, filter, statusIds, mayScanWords);
          if (!matching) return null;
          rows.push(...(await this.#read(countRows(counters, matching))));
        }
        return rows;
      },
    });
  }

  async #read(query: Sql): Promise<FacetRow[]> {
    const { rows } = await sql<FacetRow>`${query}`.execute(this.db);
    return rows;
  }

  /** The `from … where …` that reads the matching properties with the fewest row lookups. At most two statements. */
  async #fromMatching(
    counters: readonly Counter[],
    filter: PropertyFilter,
    statusIds: StatusIds,
    mayScanWords: boolean,
  ): Promise<Sql | null> {
    const { words } = filter;
    const filterConditions = conditionsOf(filter, statusIds);
    const conditions = [
      inIndexRanges(filter),
      ...filterConditions.map(({ sql: condition }) => condition),
      ...(words ? [hasWords(words)] : []),
    ];
    const coveringIndex = counters.every((counter) => counter === 'total')
      ? indexThatCovers(filterConditions, filter)
      : null;
    if (coveringIndex) return sql`from ${fromIndex(coveringIndex)} where ${all(conditions)}`;
    const selectiveIndex = await pickSelectiveIndex(
      this.db,
      { filter, statusIds },
      filter.cityKeys ? MAX_LOOKUPS_IN_CITIES : MAX_LOOKUPS_IN_COUNTRY,
      { cities: true },
    );
    if (!selectiveIndex && words) {
      const { match, areAllCommon } = await chooseFulltextStrategy(this.db, words);
      if (!areAllCommon) return sql`from ${FROM_FULLTEXT} where ${all([match, ...conditions])}`;
      if (!mayScanWords) return null;
    }
    const scan = filter.includeHidden ? indexOn('newest', filter) : fullScanIndex(filter);
    return sql`from ${fromIndex(selectiveIndex ?? scan, { words: !!words })} where ${all(conditions)}`;
  }
}

/** The index that contains every column of the filter, so that a count looks up no row; null when there is none. */
function indexThatCovers(conditions: readonly Condition[], filter: PropertyFilter): string | null {
  const [first] = conditions;
  if (filter.words || !first || first.on === 'other') return null;
  // The location index does not contain the city.
  if (filter.cityKeys && first.on === 'location') return null;
  return conditions.every(({ on }) => on === first.on) ? indexOn(first.on, filter) : null;
}

// The filters that the key of `facet_count` contains.
const KEPT_FILTERS = new Set([
  'statuses',
  'cityKeys',
  'propertyTypes',
] satisfies (keyof PropertyFilter)[] as string[]);

/** Whether the kept counts answer this filter. */
export function hasKeptCounts(filter: PropertyFilter): boolean {
  return Object.entries(filter).every(([name, value]) => value === undefined || KEPT_FILTERS.has(name));
}

/** Reads a counter from `facet_count`. */
function selectKeptCounts(counter: Counter, filter: PropertyFilter, statusIds: StatusIds): Sql {
  const ids = filter.statuses.flatMap((status) => statusIds[status] ?? []);
  // Each `facet` of the table counts every property once. So statuses, types and totals, which the key contains, can be
  // summed over any `facet`: `bedrooms` has the fewest rows.
  const hasOwnRows =
    counter === 'city' || counter === 'bedrooms' || counter === 'price' || counter === 'year';
  const column = hasOwnRows ? counter : 'bedrooms';
  const facet = filter.cityKeys || counter === 'city' ? column : `all-${column}`;
  const key = counter === 'city' ? sql`city_key` : sql`''`;
  const value =
    counter === 'status' ? sql`status_id` : counter === 'propertyType' ? sql`property_type` : sql`value`;
  const conditions = [
    sql`facet = ${facet}`,
    ids.length > 0 ? sql`status_id in (${sql.join(ids)})` : sql`false`,
    ...(filter.cityKeys ? [sql`city_key in (${sql.join(filter.cityKeys)})`] : []),
    ...(filter.propertyTypes ? [sql`property_type in (${sql.join(filter.propertyTypes)})`] : []),
  ];
  return counter === 'total'
    ? sql`(select 'total' as facet, '' as city_key, null as value, coalesce(sum(homes), 0) as homes
      from facet_count where ${all(conditions)})`
    : sql`(select ${counter} as facet, ${key} as city_key, cast(${value} as char) as value, sum(homes) as homes
      from facet_count where ${all(conditions)} group by ${key}, ${value})`;
}

/** @param matching the `from … where …` of the properties to count */
function countRows(counters: readonly Counter[], matching: Sql): Sql {
  const [only] = counters;
  if (counters.length === 1 && only) return countBy(only, sql`${matching}`);
  // `no_merge`: the server finds the properties once and counts them for each facet.
  const columns = [...new Set(counters.flatMap((counter) => columnsOf(counter)))].map((column) =>
    sql.ref(`s.${column}`),
  );
  return sql`with homes as (select ${columns.length > 0 ? sql.join(columns) : sql`1`} ${matching})
    ${sql.join(
      counters.map((counter) => countBy(counter, sql`from homes s`, sql`/*+ no_merge(s) */`)),
      sql` union all `,
    )}`;
}

function columnsOf(counter: Counter): string[] {
  if (counter === 'total') return [];
  return counter === 'city' ? ['city_key', 'city'] : [COLUMN_OF_FACET[counter]];
}

function countBy(counter: Counter, from: Sql, hint: Sql = sql``): Sql {
  if (counter === 'total') {
    return sql`(select ${hint} 'total' as facet, '' as city_key, null as value, count(*) as homes ${from})`;
  }
  const columns = sql.join(columnsOf(counter).map((column) => sql.ref(`s.${column}`)));
  return sql`(select ${hint} ${counter} as facet, ${counter === 'city' ? sql`s.city_key` : sql`''`} as city_key,
    cast(${sql.ref(`s.${COLUMN_OF_FACET[counter]}`)} as char) as value, count(*) as homes ${from} group by ${columns})`;
}
