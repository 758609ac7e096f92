import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import { chunk } from '../background/batch-runner.js';
import type { Position } from '../http/cursors.js';
import type { LikeAction } from './like-event.entity.js';
import { writeLockKey } from './user-write-lock.js';
import type { Tables } from './kysely-tables.js';

export interface LikeEventRow {
  id: number;
  property_id: number;
  action: LikeAction;
  at: string;
}
export interface Pair {
  property_id: number;
  user_id: number;
}
/** A like of `property_likes`. */
export interface UnrecordedLike extends Pair {
  id: number;
  /** The time of its like event. */
  at: string;
}
interface NewLikeEvent extends Pair {
  action: LikeAction;
  at: string;
}
export const pairKey = ({ property_id, user_id }: Pair): string => `${property_id} ${user_id}`;

// The time of the event of the like `l`: whole seconds, and 1970 when the like has no time. The migration of the likes uses the
// same expression.
export const LIKE_EVENT_TIME = sql<string>`cast(coalesce(nullif(l.created_at, '0000-00-00 00:00:00'), '1970-01-02 00:00:00') as datetime)`;
const INSERT_BATCH_SIZE = 1_000;

/**
 * SQL of `like_event`, and the queries that compare it with `property_likes`. Kysely: rows are inserted and read in batches, and
 * none is changed. Times are naive, in the database's zone.
 */
@Injectable()
export class LikeEventRepository extends SqlRepository<Tables> {
  async recordAll(events: readonly NewLikeEvent[]): Promise<void> {
    for (const batch of chunk(events, INSERT_BATCH_SIZE))
      await this.db.insertInto('like_event').values(batch).execute();
  }

  /**
   * Locks the likes that are free (SKIP LOCKED), so that nobody deletes or records them until the transaction ends. Call inside a
   * transaction, before it reads the likes.
   * @returns the ids locked
   */
  async lockLikes(likeIds: readonly number[]): Promise<Set<number>> {
    const { rows } = await sql<{ id: number }>`
      select id from property_likes where id in (${sql.join(likeIds)}) for update skip locked`.execute(
      this.db,
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Takes the write locks of the pairs' users that are free (SKIP LOCKED), so that the service writes no like or unlike of them
   * until the transaction ends. Call inside a transaction, before it reads the pairs.
   * @returns the pairs whose user's write lock was taken
   */
  async lockPairs(pairs: readonly Pair[]): Promise<Pair[]> {
    const keys = new Set(pairs.map((pair) => writeLockKey(pair.user_id)));
    const { rows } = await sql<{ turn: number }>`
      select turn from like_turn where turn in (${sql.join([...keys])}) for update skip locked`.execute(
      this.db,
    );
    const locked = new Set(rows.map((row) => row.turn));
    return pairs.filter((pair) => locked.has(writeLockKey(pair.user_id)));
  }

  /** The likes among `likeIds` that have no like event: another program wrote them. */
  async findUnrecordedLikes(likeIds: readonly number[]): Promise<UnrecordedLike[]> {
    return likeIds.length === 0 ? [] : this.#selectUnrecorded(sql`l.id in (${sql.join(likeIds)})`);
  }

  /** The likes with ids in `(after, to]` that have no like event. */
  findUnrecordedLikesBetween(after: number, to: number): Promise<UnrecordedLike[]> {
    return this.#selectUnrecorded(sql`l.id > ${after} and l.id <= ${to}`);
  }

  async #selectUnrecorded(condition: RawBuilder<unknown>): Promise<UnrecordedLike[]> {
    const { rows } = await sql<UnrecordedLike>`
      select l.id, l.property_id, l.user_id, ${LIKE_EVENT_TIME} as at
      from property_likes l force index (primary)
      straight_join property p on p.id = l.property_id straight_join auth_user u on u.id = l.user_id
      where ${condition} and (not exists (
        select 1 from like_event e force index (like_event_pair)
        where e.user_id = l.user_id and e.property_id = l.property_id and e.action = 'liked' and e.at = ${LIKE_EVENT_TIME}
      ) or 'unliked' = (
        select e.action from like_event e force index (like_event_pair)
        where e.user_id = l.user_id and e.property_id = l.property_id and e.at >= ${LIKE_EVENT_TIME}
        order by e.id desc limit 1
      ))
      order by l.id`.execute(this.db);
    return rows;
  }

  /**
   * The pairs whose last event is `liked`, with an id in `(after, to]`, although the like is gone: another program deleted it.
   * Only pairs of existing properties.
   */
  async findUnrecordedUnlikes(after: number, to: number): Promise<Pair[]> {
    // Scalar subqueries: a server without statistics could turn `not exists` into a join that reads a whole table.
    const { rows } = await sql<Pair>`
      select e.property_id, e.user_id
      from like_event e force index (primary) straight_join property p on p.id = e.property_id
      where e.id > ${after} and e.id <= ${to} and e.action = 'liked' and (
        select l.id from property_likes l force index (property_likes_pair)
        where l.property_id = e.property_id and l.user_id = e.user_id limit 1
      ) is null and (
        select later.id from like_event later force index (like_event_pair)
        where later.user_id = e.user_id and later.property_id = e.property_id and later.id > e.id limit 1
      ) is null`.execute(this.db);
    return rows;
  }

  /** The pairs that have a like. */
  async findLikedPairs(pairs: readonly Pair[]): Promise<Pair[]> {
    if (pairs.length === 0) return [];
    const { rows } = await sql<Pair>`
      select property_id, user_id from property_likes where ${anyOf(pairs)}`.execute(this.db);
    return rows;
  }

  /** The action of the last like event of each pair, by `pairKey`. */
  async findLastActions(pairs: readonly Pair[]): Promise<Map<string, LikeAction>> {
    if (pairs.length === 0) return new Map();
    const { rows } = await sql<Pair & { action: LikeAction }>`
      select e.property_id, e.user_id, e.action from like_event e join (
        select max(id) as id from like_event force index (like_event_pair) where ${anyOf(pairs)} group by user_id, property_id
      ) last on last.id = e.id`.execute(this.db);
    return new Map(rows.map((row) => [pairKey(row), row.action]));
  }

  /** Like events of a user after the keyset position `after`, newest first. */
  async findPage(userId: number, after: Position | null, limit: number): Promise<LikeEventRow[]> {
    const { rows } = await sql<LikeEventRow>`
      select id, property_id, action, at from like_event
      where user_id = ${userId} and ${isOlderThan(after)}
      order by at desc, id desc limit ${limit}`.execute(this.db);
    return rows;
  }
}

/**
 * The events that record a like made at `at`. When the pair's last event says `liked`, another program deleted that like at an
 * unknown time: an unlike is recorded first, also dated `at`.
 */
export function eventsOfLike(
  { property_id, user_id }: Pair,
  at: string,
  last: LikeAction | null | undefined,
): NewLikeEvent[] {
  const event = { property_id, user_id, action: 'liked' as const, at };
  return last === 'liked' ? [{ ...event, action: 'unliked' }, event] : [event];
}

function anyOf(pairs: readonly Pair[]): RawBuilder<unknown> {
  const conditions = pairs.map(
    (pair) => sql`(user_id = ${pair.user_id} and property_id = ${pair.property_id})`,
  );
  return sql`(${sql.join(conditions, sql` or `)})`;
}

function isOlderThan(after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [at, id] = after;
  return sql`(at < ${at} or (at = ${at} and id < ${id}))`;
}
