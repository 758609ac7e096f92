import { EntityRepository } from '@mikro-orm/mysql';
import { type RawBuilder, sql } from 'kysely';
import type { Position } from '../http/pagination.js';
import type { LikeAction } from './like-event.entity.js';
import type { PropertyLike } from './property-like.entity.js';
import type { Tables } from './tables.js';

export interface LikeRow {
  id: number;
  property_id: number;
  created_at: string | null;
}
export interface EventRow {
  id: number;
  property_id: number;
  action: LikeAction;
  at: string;
}
export interface LikeState {
  count: number;
  /** 0 or 1. */
  mine: number;
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
export const pairKey = ({ property_id, user_id }: Pair): string => `${property_id} ${user_id}`;

// As the migration that adopts likes has it: whole seconds; what has no time is before all others.
const FACT_TIME = sql<string>`cast(coalesce(nullif(l.created_at, '0000-00-00 00:00:00'), '1970-01-02 00:00:00') as datetime)`;
// Each server has words of its own.
const SHARED_IF_FREE = sql`/*!80001 for share skip locked */ /*M!100600 lock in share mode skip locked */`;
// As many rows as the migration writes.
const TURNS = 1_024;
const turnOf = (userId: number): number => userId % TURNS;
const DUPLICATE = 1062;
const BATCH = 1_000;

/** Every query of `property_likes` and `like_event`. Times are naive, in the database's zone. */
export class LikeRepository extends EntityRepository<PropertyLike> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  /**
   * For a transaction, which has this person's turn then, and shares the rows of person and home as their foreign keys do
   * anyway: what is liked by different people, and by other programs, touches nothing in common that any of them must wait for.
   * @returns `standing` when it stood already, which stays so until the transaction ends; `refused` when there is no such
   *   home that is visible, or no such person who is active
   */
  async add(propertyId: number, userId: number, at: string): Promise<'added' | 'standing' | 'refused'> {
    try {
      const { numAffectedRows } = await sql`
        insert into property_likes (property_id, user_id, created_at)
        select p.id, u.id, ${at} from ${turn(propertyId, userId)}
        straight_join auth_user u on u.id = turn.user_id and u.is_active = 1
        straight_join property p on p.id = turn.property_id and p.availability is not null
        lock in share mode`.execute(this.#db);
      return numAffectedRows === 1n ? 'added' : 'refused';
    } catch (error) {
      if ((error as { errno?: number }).errno === DUPLICATE) return 'standing';
      throw error;
    }
  }

  /** For a transaction; locks as add() does. `absent`: there was nothing to take back; `refused`: no active person. */
  async remove(propertyId: number, userId: number): Promise<'removed' | 'absent' | 'refused'> {
    const { rows } = await sql<{ likeId: number | null }>`
      select (
        select l.id from property_likes l where l.property_id = turn.property_id and l.user_id = turn.user_id for update
      ) as likeId
      from ${turn(propertyId, userId)}
      straight_join auth_user u on u.id = turn.user_id and u.is_active = 1
      lock in share mode`.execute(this.#db);
    if (!rows[0]) return 'refused';
    const { likeId } = rows[0];
    if (likeId === null) return 'absent';
    await this.#recordUnseen(propertyId, userId);
    await sql`delete from property_likes where id = ${likeId}`.execute(this.#db);
    return 'removed';
  }

  /** What another program has written a moment ago, and nobody has recorded: what was never liked can not be taken back. */
  async #recordUnseen(propertyId: number, userId: number): Promise<void> {
    // Only read, but for the rarest case: it must wait for nobody.
    const { rows } = await sql<{ at: string }>`
      select ${FACT_TIME} as at from property_likes l
      where l.property_id = ${propertyId} and l.user_id = ${userId} and 'liked' <> coalesce((
        select action from like_event e force index (like_event_user)
        where e.property_id = ${propertyId} and e.user_id = ${userId}
        order by id desc limit 1
      ), '')`.execute(this.#db);
    for (const { at } of rows) await this.record(propertyId, userId, 'liked', at);
  }

  /** Of a home that was deleted, where an old table let its likes stand, there is nothing to record. */
  async record(propertyId: number, userId: number, action: LikeAction, at: string): Promise<void> {
    await sql`
      insert into like_event (property_id, user_id, action, at)
      select p.id, ${userId}, ${action}, ${at} from property p where p.id = ${propertyId}`.execute(this.#db);
  }

  /**
   * For a transaction, before what is read of these likes: nobody takes them back until it ends. Nobody is waited for, and what
   * is shared is in the way of no other program's like, however long its transaction is open.
   * @returns those that are held, with what their facts refer to; others are changing the rest
   */
  async holdStanding<T extends StandingLike>(likes: readonly T[]): Promise<T[]> {
    const free = await this.#shareFree('property_likes', distinct(likes.map((like) => like.id)));
    return this.#holdReferred(likes.filter((like) => free.has(like.id)));
  }

  /** As holdStanding(), for pairs without a like: these people neither like nor take back by the service until it ends. */
  async holdPairs(pairs: readonly Pair[]): Promise<Pair[]> {
    if (pairs.length === 0) return [];
    const turns = distinct(pairs.map((pair) => turnOf(pair.user_id)));
    const { rows } = await sql<{ turn: number }>`
      select turn from like_turn where turn in (${sql.join(turns)}) for update skip locked`.execute(this.#db);
    const held = new Set(rows.map((row) => row.turn));
    return this.#holdReferred(pairs.filter((pair) => held.has(turnOf(pair.user_id))));
  }

  async #holdReferred<T extends Pair>(pairs: readonly T[]): Promise<T[]> {
    const people = await this.#shareFree('auth_user', distinct(pairs.map((pair) => pair.user_id)));
    const homes = await this.#shareFree('property', distinct(pairs.map((pair) => pair.property_id)));
    return pairs.filter((pair) => people.has(pair.user_id) && homes.has(pair.property_id));
  }

  // Of another index the foreign keys know nothing.
  async #shareFree(table: string, ids: readonly number[]): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const { rows } = await sql<{ id: number }>`
      select id from ${sql.table(table)} force index (primary) where id in (${sql.join(ids)}) ${SHARED_IF_FREE}`.execute(
      this.#db,
    );
    return new Set(rows.map((row) => Number(row.id)));
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
      where ${which} and not exists (
        select 1 from like_event e
        where e.user_id = l.user_id and e.at = ${FACT_TIME} and e.property_id = l.property_id and e.action = 'liked'
      )
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

  /** What the history says last of each of these pairs. */
  async findLastActions(pairs: readonly Pair[]): Promise<Map<string, LikeAction>> {
    if (pairs.length === 0) return new Map();
    const these = pairs.map((pair) => sql`(user_id = ${pair.user_id} and property_id = ${pair.property_id})`);
    const { rows } = await sql<Pair & { action: LikeAction }>`
      select e.property_id, e.user_id, e.action from like_event e join (
        select max(id) as id from like_event where ${sql.join(these, sql` or `)} group by user_id, property_id
      ) last on last.id = e.id`.execute(this.#db);
    return new Map(rows.map((row) => [pairKey(row), row.action]));
  }

  async isEmpty(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from like_event union all select 1 from property_likes limit 1`.execute(this.#db);
    return rows.length === 0;
  }

  async addAll(
    likes: readonly { property_id: number; user_id: number; created_at: string }[],
  ): Promise<void> {
    for (let start = 0; start < likes.length; start += BATCH)
      await this.#db
        .insertInto('property_likes')
        .values(likes.slice(start, start + BATCH))
        .execute();
  }

  async recordAll(
    facts: readonly { property_id: number; user_id: number; action: LikeAction; at: string }[],
  ): Promise<void> {
    for (let start = 0; start < facts.length; start += BATCH)
      await this.#db
        .insertInto('like_event')
        .values(facts.slice(start, start + BATCH))
        .execute();
  }

  async findTime(propertyId: number, userId: number): Promise<string | null> {
    const row = await this.#db
      .selectFrom('property_likes')
      .select('created_at')
      .where('property_id', '=', propertyId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.created_at ?? null;
  }

  /** Counts the rows, an index entry each: there is no other number that could be wrong. */
  async countOf(propertyId: number, userId: number | null): Promise<LikeState> {
    const { rows } = await sql<LikeState>`
      select count(*) as count,
        exists (select 1 from property_likes where property_id = ${propertyId} and user_id = ${userId ?? 0}) as mine
      from property_likes where property_id = ${propertyId}`.execute(this.#db);
    return rows[0]!;
  }

  /** Of these homes those that the person likes. */
  async findLiked(userId: number, propertyIds: readonly number[]): Promise<number[]> {
    if (propertyIds.length === 0) return [];
    const rows = await this.#db
      .selectFrom('property_likes')
      .select('property_id')
      .where('property_id', 'in', propertyIds)
      .where('user_id', '=', userId)
      .orderBy('property_id')
      .execute();
    return rows.map((row) => row.property_id);
  }

  /** Newest first. */
  async findPage(userId: number, after: Position | null, limit: number): Promise<LikeRow[]> {
    const { rows } = await sql<LikeRow>`
      select id, property_id, created_at from property_likes
      where user_id = ${userId} and ${isBefore(sql`created_at`, after)}
      order by created_at desc, id desc limit ${limit}`.execute(this.#db);
    return rows;
  }

  /** Newest first. */
  async findEvents(userId: number, after: Position | null, limit: number): Promise<EventRow[]> {
    const { rows } = await sql<EventRow>`
      select id, property_id, action, at from like_event
      where user_id = ${userId} and ${isBefore(sql`at`, after)}
      order by at desc, id desc limit ${limit}`.execute(this.#db);
    return rows;
  }
}

/**
 * What a like begins with: all of one person, and of who has the same turn, come one after the other. Without it two likes of one
 * pair, right after it was taken back, would each hold what the other waits for. `limit` keeps servers from joining first.
 */
const turn = (propertyId: number, userId: number) => sql`(
  select ${propertyId} as property_id, ${userId} as user_id from like_turn where turn = ${turnOf(userId)} limit 1 for update
) turn`;

const distinct = (ids: readonly number[]): number[] => [...new Set(ids)];

// An old like may have no time: those come last.
function isBefore(time: RawBuilder<unknown>, after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [key, id] = after;
  if (key === null) return sql`${time} is null and id < ${id}`;
  return sql`(${time} < ${key} or (${time} = ${key} and id < ${id}) or ${time} is null)`;
}
