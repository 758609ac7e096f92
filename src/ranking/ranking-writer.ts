import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { shareFree } from '../database/share-free.js';
import { upsert } from '../database/upsert.js';
import { SearchWriter } from '../properties/search/search-writer.js';
import { difference } from './difference.js';
import {
  dateOf,
  type DayOfHistory,
  type Home,
  isDivided,
  type KeptDay,
  keptParts,
  type LikesPart,
  type Moment,
  numberOf,
  type Row,
  rowsOf,
} from './home-numbers.js';
import { type HomeDay, LikesReader } from './likes-reader.js';
import { WEEK_DAYS, WINDOW_DAYS } from './score.js';
import type { Tables } from './tables.js';

export interface State {
  halfLifeDays: number | null;
  factId: number;
  searchVersion: number;
  version: number;
  rebuiltTo: number | null;
  checkedTo: number;
  countedTo: number;
  day: number;
}

/** What has to be read of a home again: the days that facts name, beside those that the clock divides; or all. */
export type Touch = ReadonlySet<number> | 'all';

/** Homes that were worked out anew. */
export interface Refreshed {
  /** Those of which anything but the time of their next change differed. */
  changed: number[];
  /** Those that stay as they were: other programs are changing them. */
  left: number[];
}

const KEYS = {
  ranking: ['property_id'],
  ranking_week_ago: ['property_id'],
  ranking_day: ['property_id', 'day'],
} as const;
const ROLLED_AT_ONCE = 50_000;
const PURGED_AT_ONCE = 5_000;

/** Every statement that writes the ranking, for one transaction. */
export class RankingWriter {
  readonly #em: EntityManager;
  readonly #db: Kysely<Tables>;
  readonly #likes: LikesReader;

  /** @param zone of the database's dates, `±hh:mm` */
  constructor(em: EntityManager, zone: string) {
    this.#em = em;
    this.#db = em.getKysely<Tables>();
    this.#likes = new LikesReader(em, zone);
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
      day: row.day,
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
        day: state.day,
      })
      .execute();
  }

  /**
   * Works out all that is kept of these homes from the likes as they stand, and writes what differs; doing it again
   * changes nothing. Needs the lock.
   * @param version what changed homes are marked with
   * @param options.waits whether for homes that other programs are changing; else those stay as they are
   */
  async refresh(
    touched: ReadonlyMap<number, Touch>,
    moment: Moment,
    version: number,
    options: { waits: boolean },
  ): Promise<Refreshed> {
    const ids = [...touched.keys()];
    if (ids.length === 0) return { changed: [], left: [] };
    const standing = {
      now: await this.#findRows('ranking', ids),
      weekAgo: await this.#findRows('ranking_week_ago', ids),
      days: await this.#findRows('ranking_day', ids),
    };
    const homes = await this.#findHomes(ids);
    const kept = new Set(standing.now.map((row) => row['property_id']));
    // Of a home that is not kept yet nothing can be taken over.
    const wanted = new Map([...touched].map(([id, touch]) => [id, kept.has(id) ? touch : 'all'] as const));
    const { likes, history } = await this.#read(wanted, standing.days as unknown as KeptDay[], moment);
    const fresh = homes.map((home) => {
      const id = home.property_id;
      return { home, ...rowsOf(home, likes.get(id) ?? [], history.get(id) ?? [], moment) };
    });
    const now = difference(
      standing.now,
      fresh.flatMap((rows) => (rows.now ? [rows.now] : [])),
    );
    const weekAgo = difference(
      standing.weekAgo,
      fresh.flatMap((rows) => (rows.weekAgo ? [rows.weekAgo] : [])),
    );
    const days = difference(
      standing.days,
      fresh.flatMap((rows) => rows.days),
    );
    const popularity = new Map(
      fresh.flatMap(({ home, hot }) => (hot === home.popularity ? [] : [[home.property_id, hot] as const])),
    );
    const changed = new Set([
      ...[now, weekAgo, days].flatMap((table) => table.changed),
      ...popularity.keys(),
    ]);
    // Whatever is written of a home refers to it.
    const written = new Set([...changed, ...now.written.map((row) => row['property_id'] as number)]);
    const held = options.waits ? written : await shareFree(this.#db, 'property', [...written]);
    const left = homes.map((home) => home.property_id).filter((id) => written.has(id) && !held.has(id));
    if (left.length > 0) {
      const others = new Map([...touched].filter(([id]) => !left.includes(id)));
      const done = await this.refresh(others, moment, version, options);
      return { changed: done.changed, left: [...left, ...done.left] };
    }
    const versions = new Map(
      standing.now.map((row) => [row['property_id'] as number, Number(row['version'])]),
    );
    await this.#keepPast(standing.now, standing.weekAgo, versions, changed, version);
    // In this order: rows of `property` before rows of `property_search`, as all others lock them.
    const marked = now.written.map((row) => {
      const id = row['property_id'] as number;
      return { ...row, version: changed.has(id) ? version : (versions.get(id) as number) };
    });
    await this.#write('ranking', marked, now.gone);
    await this.#write('ranking_week_ago', weekAgo.written, weekAgo.gone);
    await this.#write('ranking_day', days.written, days.gone);
    await new SearchWriter(this.#em).setPopularity(popularity);
    return { changed: [...changed], left };
  }

  /** A day has ended: the likes that leave each window leave it. Needs the lock. @param day the new one */
  async roll(day: number): Promise<void> {
    const { rows } = await sql<{ last: number | null }>`select max(property_id) as last from ranking`.execute(
      this.#db,
    );
    for (const [table, lag] of [
      ['ranking', 0],
      ['ranking_week_ago', WEEK_DAYS],
    ] as const) {
      for (const [window, length] of Object.entries(WINDOW_DAYS)) {
        if (length === Infinity) continue;
        const column = sql.ref(`r.d${parseInt(window)}`);
        const leaving = dateOf(day - length - lag);
        for (let from = 0; from <= (rows[0]?.last ?? -1); from += ROLLED_AT_ONCE) {
          await sql`
            update ${sql.table(table)} r join ranking_day d on d.property_id = r.property_id
            set ${column} = ${column} - d.standing
            where d.day = ${leaving} and d.property_id between ${from} and ${from + ROLLED_AT_ONCE - 1}
              and d.standing > 0`.execute(this.#db);
        }
      }
    }
  }

  /** Forgets a part of what homes had until a version that nobody asks for any more. */
  async purgePast(version: number): Promise<void> {
    await sql`delete from ranking_past where until_version <= ${version} limit ${PURGED_AT_ONCE}`.execute(
      this.#db,
    );
  }

  /** What has to be read again of the likes and their history, and the rest as it is kept. */
  async #read(
    touched: ReadonlyMap<number, Touch>,
    kept: readonly KeptDay[],
    moment: Moment,
  ): Promise<{ likes: Map<number, LikesPart[]>; history: Map<number, DayOfHistory[]> }> {
    const ids = [...touched.keys()];
    const whole = ids.filter((id) => touched.get(id) === 'all');
    const others = ids.filter((id) => touched.get(id) !== 'all');
    const named = others.flatMap((id): HomeDay[] =>
      [...(touched.get(id) as Set<number>)].map((day) => ({ id, day })),
    );
    const isNamed = (id: number, day: number): boolean => (touched.get(id) as Set<number>).has(day);
    const keptOf = others.length > 0 ? kept.filter((row) => touched.get(row.property_id) !== 'all') : [];
    const likes = [
      ...(await this.#likes.findLikes(whole, moment)),
      ...(await this.#likes.findDividedLikes(others, moment)),
      ...(await this.#likes.findLikesOfDays(
        named.filter(({ day }) => !isDivided(day, moment)),
        moment,
      )),
    ];
    const history = [
      ...(await this.#likes.findHistory(whole)),
      ...(await this.#likes.findHistoryOfDays(named)),
    ];
    for (const [id, days] of Map.groupBy(keptOf, (row) => row.property_id)) {
      const unread = days.filter(
        ({ day }) => !isDivided(numberOf(day), moment) && !isNamed(id, numberOf(day)),
      );
      likes.push(...keptParts(unread, moment).map((part) => ({ ...part, property_id: id })));
      history.push(
        ...days
          .filter(({ day }) => !isNamed(id, numberOf(day)))
          .map((row) => ({
            property_id: id,
            day: numberOf(row.day),
            likes: row.likes,
            unlikes: row.unlikes,
          })),
      );
    }
    return {
      likes: Map.groupBy(likes, (part) => part.property_id),
      history: Map.groupBy(history, (row) => row.property_id),
    };
  }

  /** Those of them that there are. */
  async #findHomes(ids: readonly number[]): Promise<(Home & { popularity: number | null })[]> {
    const { rows } = await sql<Home & { popularity: number | null }>`
      select p.id as property_id, s.availability, coalesce(s.city_key, '') as city_key, s.status_id,
        coalesce(s.property_type, '') as property_type, s.popularity
      from property p left join property_search s on s.property_id = p.id
      where p.id in (${sql.join(ids)})`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      popularity: row.popularity === null ? null : Number(row.popularity),
    }));
  }

  async #findRows(table: keyof typeof KEYS, ids: readonly number[]): Promise<Row[]> {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} where property_id in (${sql.join(ids)})`.execute(this.#db);
    return rows;
  }

  async #keepPast(
    now: readonly Row[],
    weekAgo: readonly Row[],
    versions: ReadonlyMap<number, number>,
    changed: ReadonlySet<number>,
    version: number,
  ): Promise<void> {
    const past = (was: string, rows: readonly Row[]): Row[] =>
      rows
        .filter((row) => changed.has(row['property_id'] as number))
        .map(({ due_at: _due, version: _version, ...row }) => ({
          was,
          ...row,
          since_version: versions.get(row['property_id'] as number) ?? version,
          until_version: version,
        }));
    await upsert(this.#db, 'ranking_past', [...past('ranking', now), ...past('ranking_week_ago', weekAgo)]);
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
