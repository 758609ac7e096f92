import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { upsert } from '../../database/upsert.js';
import type { Tables } from '../model/kysely-tables.js';
import {
  CITY_FACETS,
  COUNTRY_FACETS,
  type CountKey,
  countDeltas,
  facetKeysOf,
  placeKeysOf,
} from './facet-deltas.js';
import { columnsOf, isBehind, type LockedState, PriceLog, updatedAt } from './price-log.js';
import { changesOf, findDeleted, findLogged, logChanges, unloggedOf } from './change-log.js';
import { placeTerms, SEARCH_RULES, type SearchRow, searchRow } from './search-row.js';
import { wordsOf } from './words.js';

const WITHDRAWN_PER_BATCH = 1_000;

/**
 * The only writer of the search tables, and the way of all prices to the price log. Call its writing methods inside a transaction. `refresh` and the recounts
 * take the global write lock of these tables, the row of `search_state`.
 */
@Injectable()
export class SearchWriter extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly prices: PriceLog,
  ) {
    super(em);
  }

  /**
   * Derives the search rows and words of these properties from their rows again, writes the differences and adds them to the
   * counts. The transaction must be READ COMMITTED and must have locked or inserted the rows of `property`: so nobody else
   * writes their search rows, and the write lock is taken only for the writing. Call it last.
   * Raises the version of the data when it writes anything: cached answers of an older version are then out of date.
   * @param options.changed whether the caller has changed these properties or their histories, so that answers differ
   * @returns how many properties had a difference
   */
  async refresh(ids: readonly number[], { changed: isChange = false } = {}): Promise<number> {
    if (ids.length === 0) return 0;
    const rows = await this.db.selectFrom('property').selectAll().where('id', 'in', ids).execute();
    const stored = new Map(
      (await this.db.selectFrom('property_search').selectAll().where('property_id', 'in', ids).execute()).map(
        (row) => [row.property_id, row],
      ),
    );
    const storedWords = new Map(
      (await this.db.selectFrom('property_words').selectAll().where('property_id', 'in', ids).execute()).map(
        (row) => [row.property_id, row.words],
      ),
    );
    const words = rows
      .map((row) => ({ property_id: row.id, words: wordsOf(row) }))
      .filter(({ property_id: id, words: text }) => storedWords.get(id) !== text);
    const hasOtherWords = new Set<unknown>(words.map((row) => row.property_id));
    const derived = rows.map((source) => ({ source, row: searchRow(source), seen_at: source.updated_at }));
    const prices = await this.prices.read(derived, stored);
    const setPrices = (one: (typeof derived)[number]): void => {
      Object.assign(one.row, columnsOf(prices.get(one.source.id)!));
      one.seen_at = updatedAt(prices.get(one.source.id)!);
    };
    derived.forEach(setPrices);
    const changed = derived.flatMap(({ source: { id }, row }) =>
      hasOtherWords.has(id) || isBehind(prices.get(id)!) || differs(row, stored.get(id)) ? [row] : [],
    );
    const isChanged = new Set(changed);
    const seen = derived.filter(
      ({ row, seen_at }) => isChanged.has(row) || seen_at !== stored.get(row.property_id as number)?.seen_at,
    );
    const isSeen = new Set(seen.map(({ row }) => row.property_id));
    const logged = await findLogged(this.db, ids);
    const unlogged = unloggedOf(
      rows.filter(({ id }) => !isSeen.has(id)),
      logged,
    );
    const changes = changesOf(rows, logged, (id) => isChange || isSeen.has(id) || unlogged.has(id));
    if (seen.length === 0 && changes.length === 0 && !isChange) return 0;
    const state = await this.#lockSearchTables();
    const version = state.version + 1;
    await this.prices.write(prices, state, unlogged);
    derived.forEach(setPrices);
    // When only `seen_at` differs, the row keeps its version.
    const versionOf = (row: SearchRow): number =>
      isChanged.has(row) ? version : (stored.get(row.property_id as number)?.version ?? version);
    await upsert(
      this.db,
      'property_search',
      seen.map(({ row, seen_at }) => ({ ...row, seen_at, version: versionOf(row) })),
    );
    await upsert(this.db, 'property_words', words);
    await logChanges(this.db, changes);
    await sql`update search_state set version = ${version}`.execute(this.db);
    await this.#moveCounts(
      changed.flatMap((row) => stored.get(row.property_id as number) ?? []),
      changed,
    );
    return changed.length;
  }

  /**
   * Logs that properties with ids in `(after, to]` are withdrawn because other programs deleted them. In batches, each of which needs a
   * READ COMMITTED transaction of its own.
   * @returns whether there may be more
   */
  async withdrawDeleted(after: number, to: number): Promise<boolean> {
    if ((await findDeleted(this.db, after, to, 1)).length === 0) return false;
    const { version } = await this.#lockSearchTables();
    const deleted = await findDeleted(this.db, after, to, WITHDRAWN_PER_BATCH);
    await logChanges(
      this.db,
      deleted.map((id) => ({ property_id: id, kind: 'withdrawn' })),
    );
    await sql`update search_state set version = ${version + 1}`.execute(this.db);
    return deleted.length === WITHDRAWN_PER_BATCH;
  }

  /**
   * Stores the popularity scores that the ranking computed, in a transaction of the ranking. The only writer of this column.
   * It does not take the global write lock, and it changes neither counts nor versions.
   * @param popularity by property id; higher is more popular, null is without likes
   */
  async setPopularity(popularity: ReadonlyMap<number, number | null>): Promise<void> {
    if (popularity.size === 0) return;
    await sql`
      update property_search s
      join json_table(${JSON.stringify([...popularity])}, '$[*]' columns (
        property_id int path '$[0]', popularity bigint path '$[1]'
      )) given on given.property_id = s.property_id
      set s.popularity = given.popularity`.execute(this.db);
  }

  /** The keys of all cities that have or had properties: `recountCity()` has to run for each of them. */
  async cityKeys(): Promise<string[]> {
    const { rows } = await sql<{ city_key: string }>`
      select city_key from property_search group by city_key
      union select city_key from facet_count group by city_key
      union select city_key from place_name group by city_key`.execute(this.db);
    return rows.map((row) => row.city_key);
  }

  /** The key of the first counted city after `after`, in key order. */
  async nextCity(after: string): Promise<string | undefined> {
    const { rows } = await sql<{ city_key: string | null }>`
      select min(city_key) as city_key from facet_count where facet = 'city' and city_key > ${after}`.execute(
      this.db,
    );
    return rows[0]?.city_key ?? undefined;
  }

  /** The sum of the counts of a city, and the number of its visible properties: equal, unless the counts are wrong. */
  async compareCityCount(cityKey: string): Promise<{ counted: number; homes: number }> {
    const { rows } = await sql<{ counted: number; homes: number }>`
      select (select coalesce(sum(homes), 0) from facet_count where facet = 'city' and city_key = ${cityKey}) as counted,
        (select count(*) from property_search where availability in ('available', 'sold') and city_key = ${cityKey}) as homes`.execute(
      this.db,
    );
    return rows[0]!;
  }

  /** Deletes the counts and place names of a city, and counts its properties again. */
  async recountCity(cityKey: string): Promise<void> {
    await this.#lockSearchTables();
    // `facet` is the first column of the key: without it the statement would read the counts of every city.
    await sql`delete from facet_count where facet in (${sql.join(CITY_FACETS)}) and city_key = ${cityKey}`.execute(
      this.db,
    );
    await sql`delete from place_name where city_key = ${cityKey}`.execute(this.db);
    const visible = sql`property_search where availability in ('available', 'sold') and city_key = ${cityKey}`;
    for (const [facet, value] of [
      ['city', sql`city`],
      ['bedrooms', sql`ifnull(bedrooms, '')`],
      ['year', sql`ifnull(year, '')`],
      ['price', sql`ifnull(price_step, '')`],
    ] as const) {
      await sql`
        insert into facet_count (facet, city_key, status_id, property_type, value, homes)
        select ${facet}, city_key, status_id, property_type, ${value} as value, count(*) from ${visible}
        group by city_key, status_id, property_type, value`.execute(this.db);
    }
    await sql`
      insert into place_name (city_key, neighbourhood_key, name, homes)
      select city_key, '', city, count(*) from ${visible} and city_key <> '' group by city_key, city
      union all
      select city_key, neighbourhood_key, neighbourhood, count(*) from ${visible} and neighbourhood_key <> ''
      group by city_key, neighbourhood_key, neighbourhood`.execute(this.db);
    const names = await this.db
      .selectFrom('place_name')
      .select(['city_key', 'neighbourhood_key', 'name'])
      .where('city_key', '=', cityKey)
      .execute();
    await this.#insertTerms(names.map((row) => [row.city_key, row.neighbourhood_key, row.name]));
  }

  /** Replaces the counts of the country by the sums of the counts of the cities, and raises the version of the data. */
  async recountCountry(): Promise<void> {
    const { version } = await this.#lockSearchTables();
    await sql`update search_state set version = ${version + 1}`.execute(this.db);
    for (const facet of COUNTRY_FACETS) {
      const countryFacet = `all-${facet}`;
      await sql`delete from facet_count where facet = ${countryFacet}`.execute(this.db);
      await sql`
        insert into facet_count (facet, city_key, status_id, property_type, value, homes)
        select ${countryFacet}, '', status_id, property_type, value, sum(homes) from facet_count where facet = ${facet}
        group by status_id, property_type, value`.execute(this.db);
    }
  }

  /** Records that the tables are complete and that all rows were derived by the present SEARCH_RULES. */
  async markBuilt(now: string): Promise<void> {
    await sql`update search_state set built_at = ${now}, rules = ${SEARCH_RULES}`.execute(this.db);
  }

  /** Whether the tables are complete and were derived by the present SEARCH_RULES. */
  async isBuilt(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from search_state where built_at is not null and rules = ${SEARCH_RULES}`.execute(this.db);
    return rows.length > 0;
  }

  /**
   * Takes the global write lock: writers run one at a time, so counts are exact and no lock cycle is possible.
   * @returns the state that the last writer committed
   */
  async #lockSearchTables(): Promise<LockedState> {
    const { rows } = await sql<LockedState>`
      select version, built_at is not null as is_built, coalesce(prices_since, current_timestamp(3)) as prices_since,
        current_timestamp(3) as now, cast(round(unix_timestamp(current_timestamp(3)) * 1000) as signed) as now_ms
      from search_state for update`.execute(this.db);
    return rows[0]!;
  }

  async #moveCounts(before: readonly SearchRow[], after: readonly SearchRow[]): Promise<void> {
    await this.#addDeltas('facet_count', countDeltas(before, after, facetKeysOf));
    const placeDeltas = countDeltas(before, after, placeKeysOf);
    await this.#addDeltas('place_name', placeDeltas);
    await this.#insertTerms(placeDeltas.filter(([, delta]) => delta > 0).map(([key]) => key));
  }

  async #addDeltas(
    table: 'facet_count' | 'place_name',
    deltas: readonly (readonly [CountKey, number])[],
  ): Promise<void> {
    if (deltas.length === 0) return;
    await sql`
      insert into ${sql.table(table)} values ${sql.join(
        deltas.map(([key, delta]) => sql`(${sql.join([...key, delta])})`),
      )}
      on duplicate key update homes = homes + values(homes)`.execute(this.db);
  }

  async #insertTerms(places: readonly CountKey[]): Promise<void> {
    const terms = places.flatMap(([cityKey, neighbourhoodKey, name]) =>
      placeTerms(String(name)).map((term) => sql`(${sql.join([term, cityKey, neighbourhoodKey])})`),
    );
    if (terms.length > 0) await sql`insert ignore into place_term values ${sql.join(terms)}`.execute(this.db);
  }
}

function differs(row: SearchRow, stored: SearchRow | undefined): boolean {
  return (
    !stored || Object.entries(row).some(([column, value]) => stored[column as keyof SearchRow] !== value)
  );
}
