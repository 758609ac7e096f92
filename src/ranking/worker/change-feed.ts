import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { Config } from '../../config/config.js';
import { SqlRepository } from '../../database/sql-repository.js';
import type { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { DAY_SECONDS } from '../model/score.js';
import { utcSeconds } from '../model/utc-seconds.js';

/** The newest input of each kind. A step compares it with the checkpoint to see whether there is work. */
interface NewestInputs {
  /** The highest id in `like_event`; 0 when the table is empty. */
  lastEventId: number;
  searchVersion: number;
  /** The earliest `ranking.due_at`, in milliseconds since 1970; null without one. */
  dueAt: number | null;
  /** 1 when likes are to be moved or properties to be recomputed because of an account, otherwise 0. */
  hasTrustChanges: number;
}
export interface LikeEventRow {
  readonly id: number;
  readonly property_id: number;
  readonly user_id: number;
  readonly action: 'liked' | 'unliked';
  /** Seconds since 1970. */
  readonly at: number;
  /** UTC days since 1970. */
  readonly day: number;
}

/** Queries for the inputs of the worker: like events, changed properties, and properties that are due. */
@Injectable()
export class ChangeFeed extends SqlRepository {
  readonly #zone: string;

  constructor(em: EntityManager, config: Config) {
    super(em);
    this.#zone = config.database.timezone;
  }

  async findNewest(): Promise<NewestInputs> {
    const { rows } = await sql<NewestInputs>`
      select coalesce((select max(id) from like_event), 0) as lastEventId,
        (select version from search_state) as searchVersion,
        (select min(due_at) from ranking) as dueAt,
        exists (select 1 from trust_change) or exists (
          select 1 from account_trust where applied_to is not null
        ) as hasTrustChanges`.execute(this.db);
    return rows[0]!;
  }

  /** The next like events after the cursor, by id. */
  async findEvents({ last }: { last: number }, limit: number): Promise<LikeEventRow[]> {
    const { rows } = await sql<LikeEventRow>`
      select ${this.#columns} from like_event where id > ${last} order by id limit ${limit}`.execute(this.db);
    return rows;
  }

  /** The next user ids, in rising order. */
  async findUserIds(after: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from auth_user where id > ${after} order by id limit ${limit}`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  /** The like events of these users with ids in `(after, to]`, by id. */
  async findEventsOfUsers(
    userIds: readonly number[],
    after: number,
    to: number,
    limit: number,
  ): Promise<LikeEventRow[]> {
    const { rows } = await sql<LikeEventRow>`
      select ${this.#columns} from like_event force index (like_event_user)
      where user_id in (${sql.join(userIds)}) and id > ${after} and id <= ${to} order by id limit ${limit}`.execute(
      this.db,
    );
    return rows;
  }

  /** Like events below the cursor's last id that were committed after higher ids were read. */
  async findLateEvents(cursor: GapTolerantCursor, limit: number): Promise<LikeEventRow[]> {
    const { rows } = await sql<{ id: number }>`
      select id from like_event where id > ${cursor.settled} and id < ${cursor.last} order by id`.execute(
      this.db,
    );
    const lateIds = rows.map(({ id }) => id).filter((id) => !cursor.hasSeen(id));
    if (lateIds.length === 0) return [];
    const { rows: events } = await sql<LikeEventRow>`
      select ${this.#columns} from like_event where id in (${sql.join(lateIds.slice(0, limit))})`.execute(
      this.db,
    );
    return events;
  }

  /**
   * Ranked properties that changed in the search versions `(after, to]` and whose copied columns or popularity differ from
   * the ranking.
   */
  async findChanged(after: number, to: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select s.property_id as id from property_search s force index (property_search_version)
      join ranking r on r.property_id = s.property_id
      where s.version > ${after} and s.version <= ${to} and not (
        s.availability <=> r.availability and s.city_key = r.city_key and s.status_id <=> r.status_id
        and s.property_type = r.property_type and s.popularity <=> r.hot
      )`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  /** Properties with `due_at <= time`, the earliest first. */
  async findDue(time: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select property_id as id from ranking where due_at <= ${time} order by due_at limit ${limit}`.execute(
      this.db,
    );
    return rows.map(({ id }) => id);
  }

  /** The next batch of all property ids, in rising order. */
  async findPropertyIds(after: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property where id > ${after} order by id limit ${limit}`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  get #columns() {
    const seconds = utcSeconds('at', this.#zone);
    return sql`id, property_id, user_id, action, ${seconds} as at, ${seconds} div ${sql.lit(DAY_SECONDS)} as day`;
  }
}
