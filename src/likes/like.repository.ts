import { EntityRepository } from '@mikro-orm/mysql';
import { type RawBuilder, sql } from 'kysely';
import { shareFree } from '../database/share-free.js';
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
interface Fact extends Pair {
  action: LikeAction;
  at: string;
}
export const pairKey = ({ property_id, user_id }: Pair): string => `${property_id} ${user_id}`;

// As the migration that adopts likes has it: whole seconds; what has no time is before all others.
const FACT_TIME = sql<string>`cast(coalesce(nullif(l.created_at, '0000-00-00 00:00:00'), '1970-01-02 00:00:00') as datetime)`;
// After `turn`, whose row is locked by then: nobody of the service changes either until the transaction ends.
const LAST_ACTION = sql`(
  select e.action from like_event e force index (like_event_user)
  where e.user_id = turn.user_id and e.property_id = turn.property_id order by e.id desc limit 1
)`;
const LIKE = (what: RawBuilder<unknown>) => sql`
  select ${what} from property_likes l where l.property_id = turn.property_id and l.user_id = turn.user_id`;
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
   * For a transaction, which has this person's turn then, and shares the rows of person and home as foreign keys do: what is
   * liked by different people, and by other programs, touches nothing in common that any of them must wait for.
   * @returns `standing` when it stood already, which stays so until the transaction ends; `refused` when there is no such
   *   home that is visible, or no such person who is active
   */
  async add(propertyId: number, userId: number, at: string): Promise<'added' | 'standing' | 'refused'> {
    const { rows } = await sql<{ last: LikeAction | null }>`
      select ${LAST_ACTION} as last
      from ${turn(propertyId, userId)}
      straight_join auth_user u on u.id = turn.user_id and u.is_active = 1
      straight_join property p on p.id = turn.property_id and p.availability is not null
      lock in share mode`.execute(this.#db);
    if (!rows[0]) return 'refused';
    const pair = { property_id: propertyId, user_id: userId };
    try {
      // Not of a select: that keeps the counter of keys from all others for as long as it waits for another program's like.
      await this.addAll([{ ...pair, created_at: at }]);
    } catch (error) {
      if ((error as { errno?: number }).errno === DUPLICATE) return 'standing';
      throw error;
    }
    await this.recordAll(liked(pair, at, rows[0].last));
    return 'added';
  }

  /**
   * For a transaction; locks as add() does, but for the home.
   * @returns `absent`: there was nothing to take back; `refused`: no active person
   */
  async remove(propertyId: number, userId: number, at: string): Promise<'removed' | 'absent' | 'refused'> {
    const { rows } = await sql<{ likeId: number | null; likedAt: string | null; last: LikeAction | null }>`
      select (${LIKE(sql`l.id`)} for update) as likeId, (${LIKE(FACT_TIME)} for update) as likedAt, ${LAST_ACTION} as last
      from ${turn(propertyId, userId)}
      straight_join auth_user u on u.id = turn.user_id and u.is_active = 1
      lock in share mode`.execute(this.#db);
    if (!rows[0]) return 'refused';
    const { likeId, likedAt, last } = rows[0];
    if (likeId === null) return 'absent';
    await sql`delete from property_likes where id = ${likeId}`.execute(this.#db);
    const pair = { property_id: propertyId, user_id: userId };
    // What another program has written a moment ago nobody has recorded, and what was never liked can not be taken back.
    const unseen = last === 'liked' ? [] : [{ ...pair, action: 'liked' as const, at: likedAt ?? at }];
    await this.recordAll([...unseen, { ...pair, action: 'unliked', at }]);
    return 'removed';
  }

  /**
   * For a transaction, before what is read of these likes: nobody takes them back until it ends. Nobody is waited for.
   * @returns those that are held; others are changing the rest
   */
  holdStanding(likeIds: readonly number[]): Promise<Set<number>> {
    return shareFree(this.#db, 'property_likes', likeIds);
  }

  /**
   * For a transaction, before what is read of these pairs: none of these people likes or takes back by the service until it
   * ends. Nobody is waited for.
   * @returns those that are held
   */
  async holdPairs(pairs: readonly Pair[]): Promise<Pair[]> {
    const turns = new Set(pairs.map((pair) => turnOf(pair.user_id)));
    const { rows } = await sql<{ turn: number }>`
      select turn from like_turn where turn in (${sql.join([...turns])}) for update skip locked`.execute(
      this.#db,
    );
    const held = new Set(rows.map((row) => row.turn));
    return pairs.filter((pair) => held.has(turnOf(pair.user_id)));
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

  async recordAll(facts: readonly Fact[]): Promise<void> {
    for (let start = 0; start < facts.length; start += BATCH)
      await this.#db
        .insertInto('like_event')
        .values(facts.slice(start, start + BATCH))
        .execute();
  }

  /** Of a like that stands; as it is now, whatever the transaction has read before. */
  async findTime(propertyId: number, userId: number): Promise<string | null> {
    const { rows } = await sql<{ created_at: string | null }>`
      select created_at from property_likes where property_id = ${propertyId} and user_id = ${userId}
      lock in share mode`.execute(this.#db);
    return rows[0]?.created_at ?? null;
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

// An old like may have no time: those come last.
function isBefore(time: RawBuilder<unknown>, after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [key, id] = after;
  if (key === null) return sql`${time} is null and id < ${id}`;
  return sql`(${time} < ${key} or (${time} = ${key} and id < ${id}) or ${time} is null)`;
}
