import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { upsert } from '../../database/upsert.js';
import type { Tables } from '../model/kysely-tables.js';
import { facetDeltas, type CountKey, FACETS, FACETS_OF_ALL, facetsOf, placesOf } from './facet-deltas.js';
import { placeTerms, SEARCH_RULES, type SearchRow, searchRow } from './search-row.js';
import { wordsOf } from './words.js';

/** Every statement that writes the search tables, for one transaction. */
export class SearchWriter {
  readonly #db: Kysely<Tables>;

  constructor(em: EntityManager) {
    this.#db = em.getKysely<Tables>();
  }

  /**
   * Brings what these properties are found and counted by up to date with their rows, which this transaction has
   * locked or inserted. Waits for other writers, so call it last.
   * @returns how many were not
   */
  async refresh(ids: readonly number[]): Promise<number> {
    if (ids.length === 0) return 0;
    const version = (await this.#waitForOtherWriters()) + 1;
    const rows = await this.#db.selectFrom('property').selectAll().where('id', 'in', ids).execute();
    const standing = await this.#db
      .selectFrom('property_search')
      .selectAll()
      .where('property_id', 'in', ids)
      .execute();
    const old = new Map(standing.map((row) => [row.property_id, row]));
    const oldWords = new Map(
      (await this.#db.selectFrom('property_words').selectAll().where('property_id', 'in', ids).execute()).map(
        (row) => [row.property_id, row.words],
      ),
    );
    const fresh = rows.map(searchRow);
    const seenAt = new Map(rows.map((row) => [row.id, row.updated_at]));
    const changed = fresh.filter((row) => differs(row, old.get(row.property_id as number)));
    const isChanged = new Set(changed);
    const words = rows
      .map((row) => ({ property_id: row.id, words: wordsOf(row) }))
      .filter(({ property_id: id, words: text }) => oldWords.get(id) !== text);
    await upsert(
      this.#db,
      'property_search',
      fresh.flatMap((row) => {
        const before = old.get(row.property_id as number);
        const seen_at = seenAt.get(row.property_id as number) ?? null;
        if (!before || isChanged.has(row)) return [{ ...row, seen_at, version }];
        // Of others it is only told that their last change was seen.
        return seen_at === before.seen_at ? [] : [{ ...row, seen_at, version: before.version }];
      }),
    );
    await upsert(this.#db, 'property_words', words);
    if (changed.length > 0) await sql`update search_state set version = ${version}`.execute(this.#db);
    await this.#count(
      changed.flatMap((row) => old.get(row.property_id as number) ?? []),
      changed,
    );
    return new Set([...changed.map((row) => row.property_id), ...words.map((row) => row.property_id)]).size;
  }

  /**
   * How much homes are liked, which is nobody's business here: the ranking says it, in a transaction of its own.
   * @param popularity the higher the more; null is not at all
   */
  async setPopularity(popularity: ReadonlyMap<number, number | null>): Promise<void> {
    if (popularity.size === 0) return;
    await sql`
      update property_search s
      join json_table(${JSON.stringify([...popularity])}, '$[*]' columns (
        property_id int path '$[0]', popularity bigint path '$[1]'
      )) given on given.property_id = s.property_id
      set s.popularity = given.popularity`.execute(this.#db);
  }

  /** The keys of all cities that have or had homes: what recount() is done for. */
  async cityKeys(): Promise<string[]> {
    const { rows } = await sql<{ city_key: string }>`
      select city_key from property_search group by city_key
      union select city_key from facet_count group by city_key
      union select city_key from place_name group by city_key`.execute(this.#db);
    return rows.map((row) => row.city_key);
  }

  /** The first city after this one whose homes are counted. */
  async nextCity(after: string): Promise<string | undefined> {
    const { rows } = await sql<{ city_key: string | null }>`
      select min(city_key) as city_key from facet_count where facet = 'city' and city_key > ${after}`.execute(
      this.#db,
    );
    return rows[0]?.city_key ?? undefined;
  }

  /** Whether as many homes of a city are counted as there are. */
  async isCounted(cityKey: string): Promise<boolean> {
    const { rows } = await sql<{ counted: number; homes: number }>`
      select (select coalesce(sum(homes), 0) from facet_count where facet = 'city' and city_key = ${cityKey}) as counted,
        (select count(*) from property_search where availability in ('available', 'sold') and city_key = ${cityKey}) as homes`.execute(
      this.#db,
    );
    return Number(rows[0]?.counted) === Number(rows[0]?.homes);
  }

  /** Counts the homes of a city anew, from `property_search` alone. */
  async recount(cityKey: string): Promise<void> {
    await this.#waitForOtherWriters();
    // By the beginning of its key, or it would read the counts of every city.
    await sql`delete from facet_count where facet in (${sql.join(FACETS)}) and city_key = ${cityKey}`.execute(
      this.#db,
    );
    await sql`delete from place_name where city_key = ${cityKey}`.execute(this.#db);
    const homes = sql`property_search where availability in ('available', 'sold') and city_key = ${cityKey}`;
    for (const [facet, value] of [
      ['city', sql`city`],
      ['bedrooms', sql`ifnull(bedrooms, '')`],
      ['year', sql`ifnull(year, '')`],
      ['price', sql`ifnull(price_step, '')`],
    ] as const) {
      await sql`
        insert into facet_count (facet, city_key, status_id, property_type, value, homes)
        select ${facet}, city_key, status_id, property_type, ${value} as value, count(*) from ${homes}
        group by city_key, status_id, property_type, value`.execute(this.#db);
    }
    await sql`
      insert into place_name (city_key, neighbourhood_key, name, homes)
      select city_key, '', city, count(*) from ${homes} and city_key <> '' group by city_key, city
      union all
      select city_key, neighbourhood_key, neighbourhood, count(*) from ${homes} and neighbourhood_key <> ''
      group by city_key, neighbourhood_key, neighbourhood`.execute(this.#db);
    const names = await this.#db
      .selectFrom('place_name')
      .select(['city_key', 'neighbourhood_key', 'name'])
      .where('city_key', '=', cityKey)
      .execute();
    await this.#addTerms(names.map((row) => [row.city_key, row.neighbourhood_key, row.name]));
  }

  /** Sums up the counts of the cities. */
  async recountAll(): Promise<void> {
    await this.#waitForOtherWriters();
    for (const facet of FACETS_OF_ALL) {
      const all = `all-${facet}`;
      await sql`delete from facet_count where facet = ${all}`.execute(this.#db);
      await sql`
        insert into facet_count (facet, city_key, status_id, property_type, value, homes)
        select ${all}, '', status_id, property_type, value, sum(homes) from facet_count where facet = ${facet}
        group by status_id, property_type, value`.execute(this.#db);
    }
  }

  /** Notes that the tables lack no row any more, and that all rows were made by the present rules. */
  async markBuilt(now: string): Promise<void> {
    await sql`update search_state set built_at = ${now}, rules = ${SEARCH_RULES}`.execute(this.#db);
  }

  async isBuilt(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from search_state where built_at is not null and rules = ${SEARCH_RULES}`.execute(this.#db);
    return rows.length > 0;
  }

  /** @returns the version of what the writer before has left */
  async #waitForOtherWriters(): Promise<number> {
    const { rows } = await sql<{ version: number }>`select version from search_state for update`.execute(
      this.#db,
    );
    return Number(rows[0]?.version);
  }

  async #count(gone: readonly SearchRow[], come: readonly SearchRow[]): Promise<void> {
    await this.#add('facet_count', facetDeltas(gone, come, facetsOf));
    const places = facetDeltas(gone, come, placesOf);
    await this.#add('place_name', places);
    await this.#addTerms(places.filter(([, homes]) => homes > 0).map(([key]) => key));
  }

  async #add(
    table: 'facet_count' | 'place_name',
    changes: readonly (readonly [CountKey, number])[],
  ): Promise<void> {
    if (changes.length === 0) return;
    await sql`
      insert into ${sql.table(table)} values ${sql.join(
        changes.map(([key, homes]) => sql`(${sql.join([...key, homes])})`),
      )}
      on duplicate key update homes = homes + values(homes)`.execute(this.#db);
  }

  async #addTerms(places: readonly CountKey[]): Promise<void> {
    const terms = places.flatMap(([cityKey, neighbourhoodKey, name]) =>
      placeTerms(String(name)).map((term) => sql`(${sql.join([term, cityKey, neighbourhoodKey])})`),
    );
    if (terms.length > 0)
      await sql`insert ignore into place_term values ${sql.join(terms)}`.execute(this.#db);
  }
}

function differs(row: SearchRow, old: SearchRow | undefined): boolean {
  return (
    !old ||
    Object.entries(row).some(([column, value]) => {
      const before = old[column as keyof SearchRow];
      // The driver gives decimals and large integers as text.
      return typeof value === 'number' ? before === null || Number(before) !== value : before !== value;
    })
  );
}
