import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import type { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { DAY_SECONDS } from '../model/score.js';
import { utcSeconds } from '../model/utc-seconds.js';

/** What tells whether there is anything to do. */
interface Signals {
  /** The highest id of the history; 0 without any. */
  lastFact: number;
  searchVersion: number;
  /** When the clock changes a home's numbers next; null is never. */
  dueAt: number | null;
}
export interface Fact {
  readonly id: number;
  readonly property_id: number;
  readonly user_id: number;
  readonly action: 'liked' | 'unliked';
  /** UTC, since 1970. */
  readonly day: number;
}

/** What the ranking follows: the history of likes, what homes are, and the clock. */
export class ChangeFeed {
  readonly #db: Kysely<never>;

  /** @param zone of the database's dates, `±hh:mm` */
  constructor(
    em: EntityManager,
    private readonly zone: string,
  ) {
    this.#db = em.getKysely<never>();
  }

  async signals(): Promise<Signals> {
    const { rows } = await sql<Record<'lastFact' | 'searchVersion' | 'dueAt', number | null>>`
      select (select max(id) from like_event) as lastFact,
        (select version from search_state) as searchVersion,
        (select min(due_at) from ranking) as dueAt`.execute(this.#db);
    const { lastFact = 0, searchVersion = 0, dueAt = null } = rows[0] ?? {};
    return {
      lastFact: Number(lastFact),
      searchVersion: Number(searchVersion),
      dueAt: dueAt === null ? null : Number(dueAt),
    };
  }

  /** The next facts of the history. */
  async findFacts({ last }: GapTolerantCursor, limit: number): Promise<Fact[]> {
    const { rows } = await sql<Fact>`
      select ${this.#columns} from like_event where id > ${last} order by id limit ${limit}`.execute(
      this.#db,
    );
    return rows.map(toFact);
  }

  /** Facts that came later than others after them. */
  async findLateFacts(tail: GapTolerantCursor, limit: number): Promise<Fact[]> {
    const { rows } = await sql<{ id: number }>`
      select id from like_event where id > ${tail.settled} and id < ${tail.last} order by id`.execute(
      this.#db,
    );
    const late = rows.map(({ id }) => Number(id)).filter((id) => !tail.hasSeen(id));
    if (late.length === 0) return [];
    const { rows: facts } = await sql<Fact>`
      select ${this.#columns} from like_event where id in (${sql.join(late.slice(0, limit))})`.execute(
      this.#db,
    );
    return facts.map(toFact);
  }

  /** Of the homes that changed, those that the ranking knows as something else. */
  async findMoved(after: number, to: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select s.property_id as id from property_search s force index (property_search_version)
      join ranking r on r.property_id = s.property_id
      where s.version > ${after} and s.version <= ${to} and not (
        s.availability <=> r.availability and s.city_key = r.city_key and s.status_id <=> r.status_id
        and s.property_type = r.property_type and s.popularity <=> r.hot
      )`.execute(this.#db);
    return rows.map(({ id }) => id);
  }

  /** Those whose numbers the clock has changed by `time`, the longest due first. */
  async findDue(time: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select property_id as id from ranking where due_at <= ${time} order by due_at limit ${limit}`.execute(
      this.#db,
    );
    return rows.map(({ id }) => id);
  }

  /** All homes in the order of their ids, a part at a time. */
  async findHomes(after: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property where id > ${after} order by id limit ${limit}`.execute(this.#db);
    return rows.map(({ id }) => id);
  }

  get #columns() {
    const day = sql`${utcSeconds('at', this.zone)} div ${sql.lit(DAY_SECONDS)}`;
    return sql`id, property_id, user_id, action, ${day} as day`;
  }
}

// The driver gives large integers as text.
const toFact = (row: Fact): Fact => ({ ...row, id: Number(row.id), day: Number(row.day) });
