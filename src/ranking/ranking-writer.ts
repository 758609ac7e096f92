import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { upsert } from '../database/upsert.js';
import { SearchWriter } from '../properties/search/search-writer.js';
import { difference, type Row } from './difference.js';
import { type HistoryRow, type LikesRow, LikesReader } from './likes-reader.js';
import {
  type DayOfLikes,
  DAY_SECONDS,
  dayOf,
  mergeDays,
  nextChange,
  type Numbers,
  numbersOf,
  WEEK_MS,
} from './score.js';
import type { Tables } from './tables.js';

export interface State {
  halfLifeDays: number | null;
  factId: number;
  searchVersion: number;
  version: number;
  rebuiltTo: number | null;
  checkedTo: number;
  countedTo: number;
}

/** What is known of a home beside its likes. */
interface Home {
  property_id: number;
  availability: string | null;
  city_key: string;
  status_id: number | null;
  property_type: string;
  popularity: number | null;
}
/** Every statement that writes the ranking, for one transaction. */
export class RankingWriter {
  readonly #em: EntityManager;
  readonly #db: Kysely<Tables>;

  /** @param zone of the database's dates, `±hh:mm` */
  constructor(
    em: EntityManager,
    private readonly zone: string,
  ) {
    this.#em = em;
    this.#db = em.getKysely<Tables>();
  }

  /**
   * Waits for other writers, and keeps them waiting until the transaction ends. To be called first: what is read
   * afterwards is no older than what the writer before has read.
   */
  async lock(): Promise<State> {
    const row = await this.#db.selectFrom('ranking_state').selectAll().forUpdate().executeTakeFirstOrThrow();
    return {
      halfLifeDays: row.half_life_days,
      factId: Number(row.fact_id),
      searchVersion: Number(row.search_version),
      version: Number(row.version),
      rebuiltTo: row.rebuilt_to,
      checkedTo: row.checked_to,
      countedTo: Number(row.counted_to),
    };
  }

  async save(state: State): Promise<void> {
    await this.#db
      .updateTable('ranking_state')
      .set({
        half_life_days: state.halfLifeDays,
        fact_id: state.factId,
        search_version: state.searchVersion,
        version: state.version,
        rebuilt_to: state.rebuiltTo,
        checked_to: state.checkedTo,
        counted_to: state.countedTo,
      })
      .execute();
  }

  /**
   * Works out all that is kept of these homes from the likes as they stand, and writes what differs; doing it again
   * changes nothing. Needs the lock.
   * @param time the moment that likes are counted for, milliseconds since 1970
   * @param version what changed homes are marked with
   * @returns the homes of which anything but the time of their next change differed
   */
  async refresh(
    ids: readonly number[],
    time: number,
    halfLifeDays: number,
    version: number,
  ): Promise<number[]> {
    if (ids.length === 0) return [];
    const homes = await this.#findHomes(ids);
    const reader = new LikesReader(this.#em, this.zone);
    const likes = Map.groupBy(await reader.findLikes(ids, time, halfLifeDays), (row) => row.property_id);
    const history = Map.groupBy(await reader.findHistory(ids), (row) => row.property_id);
    const fresh = homes.map((home) => {
      const id = home.property_id;
      return rowsFor(home, likes.get(id) ?? [], history.get(id) ?? [], time, halfLifeDays);
    });
    const now = difference(
      await this.#findAll('ranking', ids),
      fresh.flatMap((rows) => (rows.now ? [rows.now] : [])),
    );
    const weekAgo = difference(
      await this.#findAll('ranking_week_ago', ids),
      fresh.flatMap((rows) => (rows.weekAgo ? [rows.weekAgo] : [])),
    );
    const days = difference(
      await this.#findAll('ranking_day', ids),
      fresh.flatMap((rows) => rows.days),
    );
    const popularity = new Map(
      fresh.flatMap(({ home, hot }) => (hot === home.popularity ? [] : [[home.property_id, hot] as const])),
    );
    const changed = new Set([
      ...[now, weekAgo, days].flatMap((table) => table.changed),
      ...popularity.keys(),
    ]);
    const marked = now.written.map((row) => ({
      ...row,
      version: changed.has(Number(row['property_id'])) ? version : (row['version'] ?? 0),
    }));
    // In this order: rows of `property` before rows of `property_search`, as all others lock them.
    await this.#write('ranking', marked, now.gone);
    await this.#write('ranking_week_ago', weekAgo.written, weekAgo.gone);
    await this.#write('ranking_day', days.written, days.gone);
    await new SearchWriter(this.#em).setPopularity(popularity);
    return [...changed];
  }

  /** Those of them that there are. */
  async #findHomes(ids: readonly number[]): Promise<Home[]> {
    const { rows } = await sql<Home>`
      select p.id as property_id, s.availability, coalesce(s.city_key, '') as city_key, s.status_id,
        coalesce(s.property_type, '') as property_type, s.popularity
      from property p left join property_search s on s.property_id = p.id
      where p.id in (${sql.join(ids)})`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      popularity: row.popularity === null ? null : Number(row.popularity),
    }));
  }

  async #findAll(table: keyof typeof KEYS, ids: readonly number[]): Promise<Row[]> {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} where property_id in (${sql.join(ids)})`.execute(this.#db);
    return rows;
  }

  async #write(table: keyof typeof KEYS, written: readonly Row[], gone: readonly Row[]): Promise<void> {
    await upsert(this.#db, table, written);
    if (gone.length === 0) return;
    const keys = gone.map(
      (row) =>
        sql`(${sql.join(
          KEYS[table].map((column) => sql`${sql.ref(column)} = ${row[column]}`),
          sql` and `,
        )})`,
    );
    await sql`delete from ${sql.table(table)} where ${sql.join(keys, sql` or `)}`.execute(this.#db);
  }
}

const KEYS = {
  ranking: ['property_id'],
  ranking_week_ago: ['property_id'],
  ranking_day: ['property_id', 'day'],
} as const;

/** All that is kept of a home. */
function rowsFor(
  home: Home,
  likes: readonly LikesRow[],
  history: readonly HistoryRow[],
  time: number,
  halfLifeDays: number,
): { home: Home; hot: number | null; now: Row | null; weekAgo: Row | null; days: Row[] } {
  const counted = mergeDays(likes.filter(({ phase }) => phase < 2));
  const before = likes.filter(({ phase }) => phase === 0);
  const firstIn = (phase: number): number | null => {
    const row = likes.find((other) => other.phase === phase);
    return row ? row.first * 1_000 : null;
  };
  const dueAt = nextChange(
    {
      now: counted.map(({ day }) => day),
      weekAgo: before.map(({ day }) => day),
      toCome: firstIn(2),
      toCount: firstIn(1),
    },
    time,
  );
  const now = numbersOf(counted, dayOf(time), halfLifeDays);
  const weekAgo = numbersOf(before, dayOf(time - WEEK_MS), halfLifeDays);
  const isKept = likes.length > 0;
  return {
    home,
    hot: now.hot,
    now: isKept ? { ...rowOf(home, now), due_at: dueAt, version: 0 } : null,
    weekAgo: before.length > 0 ? rowOf(home, weekAgo) : null,
    days: daysOf(home.property_id, counted, history),
  };
}

function rowOf(home: Home, numbers: Numbers): Row {
  const { property_id, availability, city_key, status_id, property_type } = home;
  return { property_id, availability, city_key, status_id, property_type, ...numbers, tie: -property_id };
}

function daysOf(id: number, counted: readonly DayOfLikes[], history: readonly HistoryRow[]): Row[] {
  const standing = new Map(counted.map((row) => [row.day, row]));
  const events = new Map(history.map((row) => [row.day, row]));
  return [...new Set([...standing.keys(), ...events.keys()])].map((day) => ({
    property_id: id,
    day: new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10),
    likes: events.get(day)?.likes ?? 0,
    unlikes: events.get(day)?.unlikes ?? 0,
    standing: standing.get(day)?.likes ?? 0,
    weight: standing.get(day)?.weight ?? 0,
  }));
}
