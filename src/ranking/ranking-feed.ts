import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import type { LogTail } from './log-tail.js';

/** What tells whether there is anything to do. */
interface Signals {
  /** The highest id of the history; 0 without any. */
  lastFact: number;
  searchVersion: number;
  /** When the clock changes a home's numbers next; null is never. */
  dueAt: number | null;
}
interface Fact {
  id: number;
  property_id: number;
}

/** What the ranking follows: the history of likes, what homes are, and the clock. */
export class RankingFeed {
  readonly #db: Kysely<never>;

  constructor(em: EntityManager) {
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

  /** The next facts of the history, and those that came late. */
  async findFacts({ last, gaps }: LogTail, limit: number): Promise<Fact[]> {
    const late = gaps.map(({ from, to }) => sql`id between ${from} and ${to}`);
    const { rows } = await sql<Fact>`
      ${late.length > 0 ? sql`(select id, property_id from like_event where ${sql.join(late, sql` or `)}) union all` : sql``}
      (select id, property_id from like_event where id > ${last} order by id limit ${limit})`.execute(
      this.#db,
    );
    return rows.map((row) => ({ ...row, id: Number(row.id) }));
  }

  /** Of the homes that changed, those that have a place in the ranking. */
  async findMoved(after: number, to: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select s.property_id as id from property_search s force index (property_search_version)
      join ranking r on r.property_id = s.property_id
      where s.version > ${after} and s.version <= ${to}`.execute(this.#db);
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
}
