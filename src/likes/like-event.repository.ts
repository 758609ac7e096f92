import { EntityRepository } from '@mikro-orm/mysql';
import { type RawBuilder, sql } from 'kysely';
import { chunk } from '../background/batch-runner.js';
import { lockSharedSkipLocked } from '../database/lock-shared-skip-locked.js';
import type { Position } from '../http/pagination.js';
import type { LikeAction, LikeEvent } from './like-event.entity.js';
import { writeLockOf } from './user-write-lock.js';
import type { Tables } from './kysely-tables.js';

export interface EventRow {
  id: number;
  property_id: number;
  action: LikeAction;
  at: string;
}
export interface Pair {
  property_id: number;
  user_id: number;
}
/** A like as it stands, and the time of the fact that it is. */
export interface StandingLike extends Pair {
  id: number;
  at: string;
}
interface Fact extends Pair {
  action: LikeAction;
  at: string;
}
export const pairKey = ({ property_id, user_id }: Pair): string => `${property_id} ${user_id}`;

// As the migration that adopts likes has it: whole seconds; what has no time is before all others.
export const FACT_TIME = sql<string>`cast(coalesce(nullif(l.created_at, '0000-00-00 00:00:00'), '1970-01-02 00:00:00') as datetime)`;
const BATCH = 1_000;

/** The history of likes, and what keeps it in line with the likes that stand. Times are naive, in the database's zone. */
export class LikeEventRepository extends EntityRepository<LikeEvent> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  async recordAll(facts: readonly Fact[]): Promise<void> {
    for (const part of chunk(facts, BATCH)) await this.#db.insertInto('like_event').values(part).execute();
  }

  /**
   * For a transaction, before what is read of these likes: nobody takes them back until it ends. Nobody is waited for.
   * @returns those that are held; others are changing the rest
   */
  holdStanding(likeIds: readonly number[]): Promise<Set<number>> {
    return lockSharedSkipLocked(this.#db, 'property_likes', likeIds);
  }

  /**
   * For a transaction, before what is read of these pairs: none of these people likes or takes back by the service until it
   * ends. Nobody is waited for.
   * @returns those that are held
   */
  async holdPairs(pairs: readonly Pair[]): Promise<Pair[]> {
    const turns = new Set(pairs.map((pair) => writeLockOf(pair.user_id)));
    const { rows } = await sql<{ turn: number }>`
      select turn from like_turn where turn in (${sql.join([...turns])}) for update skip locked`.execute(
      this.#db,
    );
    const held = new Set(rows.map((row) => row.turn));
    return pairs.filter((pair) => held.has(writeLockOf(pair.user_id)));
  }

  /** Those of these likes that are no fact, as other programs leave them. */
  async findUnrecorded(likeIds: readonly number[]): Promise<StandingLike[]> {
    return likeIds.length === 0 ? [] : this.#unrecorded(sql`l.id in (${sql.join(likeIds)})`);
  }

  /** Those of the likes of these homes that are no fact. */
  async findUnrecordedOf(propertyIds: readonly number[]): Promise<StandingLike[]> {
    return propertyIds.length === 0 ? [] : this.#unrecorded(sql`l.property_id in (${sql.join(propertyIds)})`);
  }

  async #unrecorded(which: RawBuilder<unknown>): Promise<StandingLike[]> {
    const { rows } = await sql<StandingLike>`
      select l.id, l.property_id, l.user_id, ${FACT_TIME} as at
      from property_likes l join property p on p.id = l.property_id join auth_user u on u.id = l.user_id
      where ${which} and (not exists (
        select 1 from like_event e
        where e.user_id = l.user_id and e.at = ${FACT_TIME} and e.property_id = l.property_id and e.action = 'liked'
      ) or 'unliked' = (
        select e.action from like_event e force index (like_event_user)
        where e.user_id = l.user_id and e.at >= ${FACT_TIME} and e.property_id = l.property_id
        order by e.id desc limit 1
      ))
      order by l.id`.execute(this.#db);
    return rows.map((row) => ({ ...row, id: Number(row.id) }));
  }

  /** Of these homes, who liked them by the history, and does not any more: other programs leave no trace of that. */
  async findVanished(propertyIds: readonly number[]): Promise<Pair[]> {
    if (propertyIds.length === 0) return [];
    const { rows } = await sql<Pair>`
      select last.property_id, last.user_id
      from (
        select property_id, user_id, max(id) as id from like_event
        where property_id in (${sql.join(propertyIds)}) group by property_id, user_id
      ) last
      join like_event e on e.id = last.id and e.action = 'liked'
      left join property_likes l on l.property_id = last.property_id and l.user_id = last.user_id
      where l.id is null`.execute(this.#db);
    return rows;
  }

  /** Those of these pairs that stand. */
  async findStanding(pairs: readonly Pair[]): Promise<Pair[]> {
    if (pairs.length === 0) return [];
    const { rows } = await sql<Pair>`
      select property_id, user_id from property_likes where ${anyOf(pairs)}`.execute(this.#db);
    return rows;
  }

  /** What the history says last of each of these pairs. */
  async findLastActions(pairs: readonly Pair[]): Promise<Map<string, LikeAction>> {
    if (pairs.length === 0) return new Map();
    const { rows } = await sql<Pair & { action: LikeAction }>`
      select e.property_id, e.user_id, e.action from like_event e join (
        select max(id) as id from like_event where ${anyOf(pairs)} group by user_id, property_id
      ) last on last.id = e.id`.execute(this.#db);
    return new Map(rows.map((row) => [pairKey(row), row.action]));
  }

  /** Newest first. */
  async findPage(userId: number, after: Position | null, limit: number): Promise<EventRow[]> {
    const { rows } = await sql<EventRow>`
      select id, property_id, action, at from like_event
      where user_id = ${userId} and ${isBefore(after)}
      order by at desc, id desc limit ${limit}`.execute(this.#db);
    return rows;
  }
}

/** The facts of a like that was made at `at`; `last` is what the history says last of the pair. */
export function liked(
  { property_id, user_id }: Pair,
  at: string,
  last: LikeAction | null | undefined,
): Fact[] {
  const fact = { property_id, user_id, action: 'liked' as const, at };
  // It was taken back in between, and nobody knows when.
  return last === 'liked' ? [{ ...fact, action: 'unliked' }, fact] : [fact];
}

function anyOf(pairs: readonly Pair[]): RawBuilder<unknown> {
  const these = pairs.map((pair) => sql`(user_id = ${pair.user_id} and property_id = ${pair.property_id})`);
  return sql`(${sql.join(these, sql` or `)})`;
}

function isBefore(after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [at, id] = after;
  return sql`(at < ${at} or (at = ${at} and id < ${id}))`;
}
