import { EntityRepository } from '@mikro-orm/mysql';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { PropertyFilter } from '../properties/property-filter.js';
import { all, conditionsOf, type Sql, type StatusIds } from '../properties/search/conditions.js';
import { branchesOf, inSections } from '../properties/search/keys.js';
import type { RankedHome } from './ranking.entity.js';
import { coldest, DAY_SECONDS, type DayOfLikes, WEEK_MS, type Window } from './score.js';
import type { Tables } from './tables.js';
import { utcSeconds } from './utc-seconds.js';

/** The columns that homes are listed by. */
export type List = 'hot' | 'd1' | 'd7' | 'd30' | 'd90' | 'd365' | 'total';
export const LIST_OF_WINDOW = {
  '1d': 'd1',
  '7d': 'd7',
  '30d': 'd30',
  '90d': 'd90',
  '365d': 'd365',
  all: 'total',
} as const satisfies Record<Window, List>;

/** Now, or seven days before. */
type When = 'ranking' | 'ranking_week_ago';

/** Which homes are asked for, and in which order. */
export interface RankingQuery {
  readonly list: List;
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  readonly asOf: number;
  readonly halfLifeDays: number;
}

/** A place in a list: higher `value` first, of equal ones higher `total`, then the lower id. */
export interface Key {
  readonly property_id: number;
  /** Of the list's column. */
  readonly value: number;
  readonly total: number;
}
export interface PlaceRow extends Key {
  readonly d7: number;
}

/** What is known of a moment at which the ranking is read. */
export interface MomentRow {
  version: number;
  halfLifeDays: number | null;
  /** The latest moment that anything was counted for. */
  countedTo: number;
  dueAt: number | null;
}

/** The likes of a home that stand and were made on one day; where a moment that matters divides the day, its parts. */
export interface LikesRow extends DayOfLikes {
  property_id: number;
  /** 0: counted seven days before already; 1: since then; 2: dated in the future. */
  phase: 0 | 1 | 2;
  /** Seconds since 1970. */
  first: number;
}

/** A day of a home; `likes` are those that stand. */
export interface DayRow extends DayOfLikes {
  /** `YYYY-MM-DD` */
  date: string;
  made: number;
  takenBack: number;
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

/** Every query that reads the ranking. */
export class RankingRepository extends EntityRepository<RankedHome> {
  get #db(): Kysely<Tables> {
    return this.getEntityManager().getKysely<Tables>();
  }

  async findMoment(): Promise<MomentRow> {
    const { rows } = await sql<Record<keyof MomentRow, number | null>>`
      select version, half_life_days as halfLifeDays, counted_to as countedTo, (select min(due_at) from ranking) as dueAt
      from ranking_state`.execute(this.#db);
    const { version, halfLifeDays, countedTo, dueAt } = rows[0]!;
    return {
      version: Number(version),
      halfLifeDays,
      countedTo: Number(countedTo),
      dueAt: dueAt === null ? null : Number(dueAt),
    };
  }

  /**
   * The places after `after`. A home that was hidden or sold a moment ago, which the ranking learns soon, is left out.
   * @param without homes to leave out
   */
  async findPage(
    query: RankingQuery,
    after: Key | null,
    limit: number,
    without: readonly number[] = [],
  ): Promise<PlaceRow[]> {
    const { list } = query;
    const conditions = [
      ...inList(query),
      ...(after ? [isWorse(list, after)] : []),
      ...(without.length > 0 ? [sql`s.property_id not in (${sql.join(without)})`] : []),
    ];
    const parts = this.#branches(query, conditions, limit, sql`s.d7, s.tie`);
    if (parts.length === 0) return [];
    const { rows } = await sql<PlaceRow>`
      ${sql.join(parts, sql` union all `)}
      order by value desc, total desc, tie desc limit ${sql.lit(limit)}`.execute(this.#db);
    return rows.map(toPlace);
  }

  // Each availability and city is a range of the index, in its order.
  #branches(query: RankingQuery, conditions: readonly Sql[], limit: number, columns: Sql): Sql[] {
    const { list, filter } = query;
    return branchesOf(filter).map(({ availability, cityKey }) => {
      const branch = [
        sql`s.availability = ${availability}`,
        ...(cityKey === undefined ? [] : [sql`s.city_key = ${cityKey}`]),
      ];
      return sql`(select s.property_id, s.${sql.raw(list)} as value, s.total, ${columns}
        from ${source('ranking', query)} straight_join property p on p.id = s.property_id
          and p.availability = s.availability and p.current_status_id = s.status_id
        where ${all([...branch, ...conditions])}
        order by ${sql.raw(orderOf(list))} limit ${sql.lit(limit)})`;
    });
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
      select s.property_id, s.${sql.raw(list)} as value, s.total from ${source(when, query)}
      where ${all(conditions)} order by ${sql.raw(orderOf(list))} limit ${limit}`.execute(this.#db);
    return rows.map(toPlace);
  }

  /** What these homes have in a list, of those that are in it at all, whatever the filter. */
  async findKeys(when: When, query: RankingQuery, ids: readonly number[]): Promise<Key[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<Key>`
      select s.property_id, s.${sql.raw(query.list)} as value, s.total from ${sql.table(when)} s
      where s.property_id in (${sql.join(ids)}) and ${isAboveNothing(query)}`.execute(this.#db);
    return rows.map(toPlace);
  }

  /** The homes that changed after a version, up to `limit`. */
  async findChanged(version: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select property_id as id from ranking where version > ${version} limit ${limit}`.execute(this.#db);
    return rows.map(({ id }) => id);
  }

  /** Of these homes those that the filter has now. */
  async findMatching({ filter, statusIds }: RankingQuery, ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0 || filter.statuses.length === 0) return [];
    const conditions = conditionsOf(filter, statusIds).map(({ sql: condition }) => condition);
    const { rows } = await sql<{ id: number }>`
      select s.property_id as id from property_search s
      where s.property_id in (${sql.join(ids)}) and ${all([inSections(filter), ...conditions])}`.execute(
      this.#db,
    );
    return rows.map(({ id }) => id);
  }

  async findNumbers(when: When, id: number): Promise<NumbersRow | null> {
    const { rows } = await sql<NumbersRow>`
      select hot, d1, d7, d30, d90, d365, total from ${sql.table(when)} where property_id = ${id}`.execute(
      this.#db,
    );
    const [row] = rows;
    return row ? { ...row, hot: row.hot === null ? null : Number(row.hot) } : null;
  }

  /** All days of a home, the first first. */
  async findDays(id: number): Promise<DayRow[]> {
    const { rows } = await sql<DayRow>`
      select day as date, likes as made, unlikes as takenBack, standing as likes, weight
      from ranking_day where property_id = ${id} order by day`.execute(this.#db);
    return rows.map((row) => ({ ...row, day: Date.parse(row.date) / (DAY_SECONDS * 1_000) }));
  }

  /** When the likes of a home were made, in seconds since 1970, that stood at `from` and were taken back by `to`. */
  async findTakenBack(id: number, from: number, to: number, zone: string): Promise<number[]> {
    const [at, made] = [utcSeconds('u.at', zone), utcSeconds('l.at', zone)];
    const { rows } = await sql<{ made: number | null }>`
      select (
        select ${made} from like_event l
        where l.user_id = u.user_id and l.property_id = u.property_id and l.action = 'liked' and l.id < u.id
        order by l.id desc limit 1
      ) as made
      from like_event u where u.property_id = ${id} and u.action = 'unliked'
        and ${at} > ${sql.lit(Math.floor(from / 1_000))} and ${at} <= ${sql.lit(Math.floor(to / 1_000))}`.execute(
      this.#db,
    );
    return rows.flatMap((row) => (row.made !== null && row.made * 1_000 <= from ? [Number(row.made)] : []));
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
      const parts = this.#branches({ ...query, filter }, inList(query), 1, sql`s.city_key`);
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

  /** The likes of these homes that stand, by day. */
  async findLikes(
    ids: readonly number[],
    time: number,
    halfLifeDays: number,
    zone: string,
  ): Promise<LikesRow[]> {
    if (ids.length === 0) return [];
    const until = (moment: number) => sql.lit(Math.floor(moment / 1_000));
    // Not a decimal, which the server would round.
    const halfLife = sql.raw(`${halfLifeDays * DAY_SECONDS}e0`);
    const day = sql.lit(DAY_SECONDS);
    // The index gives the likes in time: sums of the same numbers in the same order are the same.
    const { rows } = await sql<LikesRow>`
      select property_id, day, phase, count(*) as likes, sum(pow(2, (at % ${day}) / ${halfLife})) as weight,
        min(at) as first
      from (
        select property_id, at, at div ${day} as day,
          case when at <= ${until(time - WEEK_MS)} then 0 when at <= ${until(time)} then 1 else 2 end as phase
        from (
          select property_id, ${utcSeconds('created_at', zone)} as at
          from property_likes force index (property_likes_home) where property_id in (${sql.join(ids)})
        ) timed
      ) dated
      group by property_id, day, phase order by property_id, day, phase`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      day: Number(row.day),
      first: Number(row.first),
      likes: Number(row.likes),
    }));
  }
}

/** The better place first. */
export function byPlace(a: Key, b: Key): number {
  return b.value - a.value || b.total - a.total || a.property_id - b.property_id;
}

const orderOf = (list: List): string => `s.${list} desc, s.total desc, s.tie desc`;

/** The list in its order. */
function source(when: When, { list, filter }: RankingQuery): Sql {
  const index = `${when}_${filter.cityKeys ? 'city_' : ''}${list}`;
  return sql`${sql.table(when)} s force index (${sql.id(index)})`;
}

/** What a home of the list must be, beside its availability and its city. */
function inList(query: RankingQuery): Sql[] {
  const { filter, statusIds } = query;
  return [isAboveNothing(query), ...conditionsOf(filter, statusIds).map(({ sql: condition }) => condition)];
}

function isAboveNothing({ list, asOf, halfLifeDays }: RankingQuery): Sql {
  return sql`s.${sql.raw(list)} > ${sql.lit(list === 'hot' ? coldest(asOf, halfLifeDays) : 0)}`;
}

const isBetter = (list: List, key: Key): Sql => beyond(list, key, '>');
const isWorse = (list: List, key: Key): Sql => beyond(list, key, '<');

// Spelt out: of a row comparison MySQL makes no range of the index.
function beyond(list: List, { value, total, property_id }: Key, than: '>' | '<'): RawBuilder<unknown> {
  const sign = sql.raw(than);
  const last = sql`s.total = ${total} and s.tie ${sign} ${-property_id}`;
  if (list === 'total') return sql`(s.total ${sign} ${total} or (${last}))`;
  const column = sql.raw(`s.${list}`);
  return sql`(${column} ${sign} ${value} or (${column} = ${value} and (s.total ${sign} ${total} or (${last}))))`;
}

// The driver gives large integers as text.
function toPlace<Row extends Key>(row: Row): Row {
  return { ...row, value: Number(row.value) };
}
