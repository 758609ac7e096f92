import { EntityRepository } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { type PropertyRow, SELECTED_COLUMNS } from '../../properties/model/property-row.js';
import { all, branchesOf, inSections } from '../../properties/search/filter-sql.js';
import type { RankedHome } from '../model/ranking.entity.js';
import {
  asOfVersion,
  byPlace,
  inBranch,
  inList,
  isAboveFloor,
  isBetter,
  isWorse,
  type Key,
  orderOf,
  PAST,
  ranked,
  type RankingQuery,
  source,
  valueOf,
  type When,
} from './ranking-query.js';
import type { Tables } from '../model/kysely-tables.js';

/** A place with the home that has it. */
export interface PlaceRow extends Key, PropertyRow {
  /** The likes of seven days, for the trending list. */
  readonly d7: number;
  /** Of the numbers that the page was read from. */
  readonly version: number;
}

/** What is known of a moment at which the ranking is read. */
export interface MomentRow {
  version: number;
  halfLifeDays: number | null;
  /** The latest moment that anything was counted for, milliseconds since 1970. */
  countedTo: number;
  /** When the clock changes a home's numbers next. */
  dueAt: number | null;
  /** The UTC day that the windows end with. */
  day: number;
}

export interface NumbersRow {
  hot: number | null;
  d1: number;
  d7: number;
  d30: number;
  d90: number;
  d365: number;
  total: number;
}

const CITIES_AT_ONCE = 100;

/** Every query that reads the ranking, but for the days of a home. */
export class RankingRepository extends EntityRepository<RankedHome> {
  get #db(): Kysely<Tables> {
    return this.getEntityManager().getKysely<Tables>();
  }

  async findMoment(): Promise<MomentRow> {
    const { rows } = await sql<Record<keyof MomentRow, number | null>>`
      select version, half_life_days as halfLifeDays, counted_to as countedTo, day,
        (select min(due_at) from ranking) as dueAt
      from ranking_state`.execute(this.#db);
    const { version, halfLifeDays, countedTo, dueAt, day } = rows[0]!;
    return {
      version: Number(version),
      halfLifeDays,
      countedTo: Number(countedTo),
      dueAt: dueAt === null ? null : Number(dueAt),
      day: Number(day),
    };
  }

  /**
   * The places after `after`. A home that was hidden or sold a moment ago, which the ranking learns soon, is left out.
   * @param version as of which they are; null: as they are now
   */
  async findPage(
    query: RankingQuery,
    after: Key | null,
    version: number | null,
    limit: number,
  ): Promise<PlaceRow[]> {
    const { list, filter } = query;
    const conditions = [...inList(query), ...(after ? [isWorse(list, after)] : [])];
    const [branch, ...others] = branchesOf(filter);
    if (!branch) return [];
    // The week's likes are those of the list but where it is no count.
    const week = sql`${list === 'hot' ? sql`s.d7` : sql`0`} as d7, (select version from ranking_state) as version`;
    // In one branch they come in order, with all that is shown of them; of several keys are merged before.
    if (others.length === 0 && version === null) {
      const { rows } = await sql<PlaceRow>`
        ${inBranch(query, branch, conditions, limit, sql`${week}, ${SELECTED_COLUMNS}`)}`.execute(this.#db);
      return rows.map(toPlace);
    }
    const unchanged = version === null ? conditions : [...conditions, sql`s.version <= ${version}`];
    const keys = [branch, ...others].map((one) =>
      inBranch(query, one, unchanged, limit, sql`${week}, s.tie`),
    );
    if (version !== null) {
      const past = [asOfVersion('ranking', version), inSections(filter), ...conditions];
      keys.push(ranked(query, PAST, past, limit, sql`${week}, s.tie`));
    }
    const { rows } = await sql<PlaceRow>`
      select place.*, ${SELECTED_COLUMNS} from (
        ${sql.join(
          keys.map((one) => sql`(${one})`),
          sql` union all `,
        )}
        order by value desc, total desc, tie desc limit ${sql.lit(limit)}
      ) place straight_join property p on p.id = place.property_id
      order by value desc, total desc, tie desc`.execute(this.#db);
    return rows.map(toPlace);
  }

  /** Of how many homes the place is better than that of each of these, which need not be in the list themselves. */
  async countBetter(when: When, query: RankingQuery, keys: readonly Key[]): Promise<Map<number, number>> {
    if (keys.length === 0 || query.filter.statuses.length === 0) return new Map();
    const { list } = query;
    const sorted = keys.toSorted(byPlace);
    const scope = all([inSections(query.filter), ...inList(query)]);
    // From each to the next, so that no home is counted twice.
    const parts = sorted.map((key, i) => {
      const before = sorted[i - 1];
      const from = before ? sql`and not ${isBetter(list, before)}` : sql``;
      return sql`(select ${sql.lit(i)} as i, count(*) as homes from ${source(when, query)}
        where ${scope} and ${isBetter(list, key)} ${from})`;
    });
    const { rows } = await sql<{ i: number; homes: number }>`
      ${sql.join(parts, sql` union all `)} order by i`.execute(this.#db);
    let better = 0;
    return new Map(rows.map(({ homes }, i) => [sorted[i]!.property_id, (better += Number(homes))]));
  }

  async countAll(query: RankingQuery): Promise<number> {
    if (query.filter.statuses.length === 0) return 0;
    const { rows } = await sql<{ homes: number }>`
      select count(*) as homes from ${source('ranking', query)}
      where ${all([inSections(query.filter), ...inList(query)])}`.execute(this.#db);
    return Number(rows[0]?.homes);
  }

  /** The ids of a whole list in its order, a part at a time. */
  async findOrder(when: When, query: RankingQuery, after: Key | null, limit: number): Promise<Key[]> {
    const { list } = query;
    const conditions = [inSections(query.filter), ...inList(query), ...(after ? [isWorse(list, after)] : [])];
    const { rows } = await sql<Key>`
      select s.property_id, ${valueOf(query)} as value, s.total from ${source(when, query)}
      where ${all(conditions)} order by ${sql.raw(orderOf(list))} limit ${limit}`.execute(this.#db);
    return rows.map(toPlace);
  }

  /** What these homes had seven days before, of those that are in the list at all and have not changed since a version. */
  async findKeys(query: RankingQuery, version: number, ids: readonly number[]): Promise<Key[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<Key>`
      select s.property_id, ${valueOf(query)} as value, s.total
      from ranking_week_ago s join ranking r on r.property_id = s.property_id
      where s.property_id in (${sql.join(ids)}) and r.version <= ${version} and ${isAboveFloor(query)}`.execute(
      this.#db,
    );
    return rows.map(toPlace);
  }

  /** What homes that have changed since a version had seven days before: as it is kept now, and as it was kept then. */
  async findChangedKeys(query: RankingQuery, version: number): Promise<{ now: Key[]; past: Key[] }> {
    const scope = all([inSections(query.filter), ...inList(query)]);
    const columns = sql`s.property_id, ${valueOf(query)} as value, s.total`;
    const { rows: now } = await sql<Key>`
      select ${columns}
      from ranking r force index (ranking_version) straight_join ranking_week_ago s on s.property_id = r.property_id
      where r.version > ${version} and ${scope}`.execute(this.#db);
    const { rows: past } = await sql<Key>`
      select ${columns} from ${PAST}
      where ${asOfVersion('ranking_week_ago', version)} and ${scope}`.execute(this.#db);
    return { now: now.map(toPlace), past: past.map(toPlace) };
  }

  async findNumbers(when: When, id: number): Promise<NumbersRow | null> {
    const { rows } = await sql<NumbersRow>`
      select hot, d1, d7, d30, d90, d365, total from ${sql.table(when)} where property_id = ${id}`.execute(
      this.#db,
    );
    const [row] = rows;
    return row ? { ...row, hot: row.hot === null ? null : Number(row.hot) } : null;
  }

  /** The likes of a list's window in each city that has any. */
  async countByCity(query: RankingQuery): Promise<Map<string, number>> {
    const { rows } = await sql<{ city_key: string; likes: number }>`
      select s.city_key, sum(s.${sql.raw(query.list)}) as likes
      from ranking s force index (${sql.id(`ranking_city_${query.list}`)})
      where ${all([inSections(query.filter), ...inList(query)])} and s.city_key <> ''
      group by s.city_key`.execute(this.#db);
    return new Map(rows.map((row) => [row.city_key, Number(row.likes)]));
  }

  /** The best home of each of these cities. */
  async findBest(query: RankingQuery, cityKeys: readonly string[]): Promise<Map<string, number>> {
    const best = new Map<string, Key>();
    for (let start = 0; start < cityKeys.length; start += CITIES_AT_ONCE) {
      const filter = { ...query.filter, cityKeys: cityKeys.slice(start, start + CITIES_AT_ONCE) };
      const inCities = { ...query, filter };
      const parts = branchesOf(filter).map(
        (branch) => sql`(${inBranch(inCities, branch, inList(query), 1, sql`s.city_key`)})`,
      );
      const { rows } = await sql<Key & { city_key: string }>`${sql.join(parts, sql` union all `)}`.execute(
        this.#db,
      );
      for (const { city_key: city, ...row } of rows) {
        const key = toPlace(row);
        const other = best.get(city);
        if (!other || byPlace(key, other) < 0) best.set(city, key);
      }
    }
    return new Map([...best].map(([city, key]) => [city, key.property_id]));
  }
}

// The driver gives large integers as text.
function toPlace<Row extends Key>(row: Row): Row {
  return { ...row, value: Number(row.value) };
}
