import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import type { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';

/** How far it has been followed. */
export interface State {
  statusHistoryId: number;
  likeId: number;
  /** As the database has it, in its zone. */
  changedTo: string | null;
  sweptTo: number;
  sweptCity: string;
}

export interface Since {
  at: string | null;
  seconds: number;
}

export interface Change {
  id: number;
  at: string;
  isSeen: boolean;
}

export interface LogRow {
  id: number;
  property_id: number;
}

/** What other programs append to. */
type Log = 'status_history' | 'property_likes';

/** Every query that looks for what other programs have written, and how far that was. */
export class LegacySyncReader {
  readonly #db: Kysely<never>;

  constructor(em: EntityManager) {
    this.#db = em.getKysely<never>();
  }

  async findState(): Promise<State> {
    const { rows } = await sql<State>`
      select status_history_id as statusHistoryId, like_id as likeId, changed_to as changedTo, swept_to as sweptTo,
        swept_city as sweptCity
      from catch_up_state`.execute(this.#db);
    const state = rows[0] as State;
    return { ...state, statusHistoryId: Number(state.statusHistoryId), likeId: Number(state.likeId) };
  }

  async save({ statusHistoryId, likeId, changedTo, sweptTo, sweptCity }: State): Promise<void> {
    await sql`update catch_up_state set status_history_id = ${statusHistoryId}, like_id = ${likeId},
      changed_to = ${changedTo}, swept_to = ${sweptTo}, swept_city = ${sweptCity}`.execute(this.#db);
  }

  /** The next rows of a log, and, where they are asked for, those that came late. */
  async findRows(log: Log, tail: GapTolerantCursor, withLate: boolean, limit: number): Promise<LogRow[]> {
    const columns = sql`select id, property_id from ${sql.table(log)}`;
    const { rows: next } = await sql<LogRow>`
      ${columns} where id > ${tail.last} order by id limit ${limit}`.execute(this.#db);
    if (!withLate || tail.settled === tail.last) return next.map(toRow);
    const { rows: before } = await sql<LogRow>`
      ${columns} where id > ${tail.settled} and id < ${tail.last} order by id`.execute(this.#db);
    const late = before.map(toRow).filter(({ id }) => !tail.hasSeen(id));
    return [...late, ...next.map(toRow)];
  }

  /** Of these homes those whose current status is not that of their history. */
  async findStale(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<{ id: number }>`
      select p.id from property p
      left join (
        select property_id, status_id, update_date from (
          select property_id, status_id, update_date,
            row_number() over (partition by property_id order by update_date desc, id desc) as recency
          from status_history where property_id in (${sql.join(ids)})
        ) ranked where recency = 1
      ) newest on newest.property_id = p.id
      where p.id in (${sql.join(ids)})
        and not (p.current_status_id <=> newest.status_id and p.status_since <=> newest.update_date)`.execute(
      this.#db,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Of the homes that have changed the next ones, the oldest change first, and whether it has been seen.
   * @param since of the first page: seconds before what the state has, or from the first change that has a time
   * @param after of the others: the last one of the page before
   */
  async findChanges(since: Since, after: Change | null, limit: number): Promise<Change[]> {
    const from = after
      ? sql`p.updated_at >= ${after.at} and (p.updated_at > ${after.at} or p.id > ${after.id})`
      : sql`p.updated_at >= ${since.at === null ? sql`'1971-01-01'` : sql`${since.at} - interval ${sql.lit(since.seconds)} second`}`;
    const { rows } = await sql<Omit<Change, 'isSeen'> & { isSeen: number }>`
      select p.id, p.updated_at as at, s.property_id is not null and p.updated_at <=> s.seen_at as isSeen
      from (
        select id, updated_at from property p force index (property_updated_at)
        where ${from} order by updated_at, id limit ${limit}
      ) p
      left join property_search s on s.property_id = p.id
      order by at, id`.execute(this.#db);
    return rows.map((row) => ({ ...row, isSeen: row.isSeen === 1 }));
  }

  /** The time of the youngest change; null before any. Times in the future are no reason to wait for them. */
  async findLastChange(): Promise<string | null> {
    const { rows } = await sql<{ at: string | null }>`
      select max(updated_at) as at from property where updated_at <= current_timestamp(3)`.execute(this.#db);
    return rows[0]?.at ?? null;
  }

  /** All homes in the order of their ids, a part at a time. */
  async findHomes(after: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property where id > ${after} order by id limit ${limit}`.execute(this.#db);
    return rows.map(({ id }) => id);
  }
}

// The driver gives large integers as text.
const toRow = (row: LogRow): LogRow => ({
  ...row,
  id: Number(row.id),
});
