import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { lockSharedSkipLocked } from '../../database/lock-shared-skip-locked.js';
import { upsert } from '../../database/upsert.js';
import { SearchWriter } from '../../properties/search-index/search-writer.js';
import { difference, type Difference } from './row-diff.js';
import { dateOf, type Home, type KeptDay, type Moment, type Row, rowsOf } from './ranking-rows.js';
import { LikesReader, type Touch } from './likes-reader.js';
import { WEEK_DAYS, WINDOW_DAYS } from '../model/score.js';
import type { Tables } from '../model/kysely-tables.js';

/** Homes that were worked out anew. */
export interface Refreshed {
  /** Those of which anything but the time of their next change differed. */
  changed: number[];
  /** Those that stay as they were: other programs are changing them. */
  left: number[];
}

interface Comparison {
  /** Those that there are. */
  homes: number[];
  standing: { now: Row[]; weekAgo: Row[] };
  now: Difference;
  weekAgo: Difference;
  days: Difference;
  /** Those that `property_search` has wrong. */
  popularity: Map<number, number | null>;
  /** Homes of which anything but the time of their next change differs. */
  changed: Set<number>;
}

const KEYS = {
  ranking: ['property_id'],
  ranking_week_ago: ['property_id'],
  ranking_day: ['property_id', 'day'],
} as const;
const ROLLED_AT_ONCE = 50_000;
const PURGED_AT_ONCE = 5_000;

const idOf = (row: Row): number => Number(row['property_id']);

/** Every statement that writes numbers of the ranking, for one transaction that has its state locked, see lockState(). */
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
   * Works out all that is kept of these homes from the likes as they stand, and writes what differs; doing it again
   * changes nothing.
   * @param version what changed homes are marked with
   * @param options.waits whether for homes that other programs are changing; else those stay as they are
   */
  async refresh(
    touched: ReadonlyMap<number, Touch>,
    moment: Moment,
    version: number,
    options: { waits: boolean },
  ): Promise<Refreshed> {
    if (touched.size === 0) return { changed: [], left: [] };
    const { homes, now, weekAgo, days, popularity, changed, standing } = await this.#compare(touched, moment);
    // Whatever is written of a home refers to it.
    const written = new Set([...changed, ...now.written.map(idOf)]);
    const held = options.waits ? written : await lockSharedSkipLocked(this.#db, 'property', [...written]);
    const left = homes.filter((id) => written.has(id) && !held.has(id));
    if (left.length > 0) {
      const others = new Map([...touched].filter(([id]) => !left.includes(id)));
      const done = await this.refresh(others, moment, version, options);
      return { changed: done.changed, left: [...left, ...done.left] };
    }
    const versions = new Map(standing.now.map((row) => [idOf(row), Number(row['version'])]));
    await this.#keepPast(standing, changed, versions, version);
    const marked = now.written.map((row) => ({
      ...row,
      version: changed.has(idOf(row)) ? version : (versions.get(idOf(row)) as number),
    }));
    // In this order: rows of `property` before rows of `property_search`, as all others lock them.
    await this.#write('ranking', marked, now.gone);
    await this.#write('ranking_week_ago', weekAgo.written, weekAgo.gone);
    await this.#write('ranking_day', days.written, days.gone);
    await new SearchWriter(this.#em).setPopularity(popularity);
    return { changed: [...changed], left };
  }

  /** A day has ended: the likes that leave each window leave it. @param day the new one */
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

  /** What is kept of these homes beside what their likes say. */
  async #compare(touched: ReadonlyMap<number, Touch>, moment: Moment): Promise<Comparison> {
    const ids = [...touched.keys()];
    const standing = {
      now: await this.#findRows('ranking', ids),
      weekAgo: await this.#findRows('ranking_week_ago', ids),
      days: await this.#findRows('ranking_day', ids),
    };
    const homes = await this.#findHomes(ids);
    const kept = new Set(standing.now.map(idOf));
    // Of a home that is not kept yet nothing can be taken over.
    const wanted = new Map([...touched].map(([id, touch]) => [id, kept.has(id) ? touch : 'all'] as const));
    const read = await this.#likes.read(wanted, standing.days as unknown as KeptDay[], moment);
    const fresh = homes.map((home) => {
      const { property_id: id, popularity } = home;
      return {
        id,
        popularity,
        ...rowsOf(home, read.likes.get(id) ?? [], read.history.get(id) ?? [], moment),
      };
    });
    const now = difference(
      standing.now,
      fresh.map((home) => home.now).filter((row) => row !== null),
    );
    const weekAgo = difference(
      standing.weekAgo,
      fresh.map((home) => home.weekAgo).filter((row) => row !== null),
    );
    const days = difference(
      standing.days,
      fresh.flatMap((home) => home.days),
    );
    const popularity = new Map(
      fresh.filter((home) => home.hot !== home.popularity).map(({ id, hot }) => [id, hot]),
    );
    const changed = new Set([...now.changed, ...weekAgo.changed, ...days.changed, ...popularity.keys()]);
    return { homes: fresh.map(({ id }) => id), standing, now, weekAgo, days, popularity, changed };
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
    { now, weekAgo }: Comparison['standing'],
    changed: ReadonlySet<number>,
    versions: ReadonlyMap<number, number>,
    version: number,
  ): Promise<void> {
    const past = (was: string, rows: readonly Row[]): Row[] =>
      rows
        .filter((row) => changed.has(idOf(row)))
        .map(({ due_at: _due, version: _version, ...row }) => ({
          was,
          ...row,
          since_version: versions.get(idOf(row)) ?? version,
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
