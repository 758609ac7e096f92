import { EntityRepository } from '@mikro-orm/mysql';
import { type RawBuilder, sql } from 'kysely';
import { chunk } from '../database/parts.js';
import type { Position } from '../http/pagination.js';
import { type LikeAction, LikeEvent } from './like-event.entity.js';
import { FACT_TIME, type LikeEventRepository, liked, type Pair } from './like-event.repository.js';
import { turn } from './like-turn.js';
import type { PropertyLike } from './property-like.entity.js';
import type { Tables } from './tables.js';

export interface LikeRow {
  id: number;
  property_id: number;
  created_at: string | null;
}
export interface LikeState {
  count: number;
  /** 0 or 1. */
  mine: number;
}

// After `turn`, whose row is locked by then: nobody of the service changes either until the transaction ends.
const LAST_ACTION = sql`(
  select e.action from like_event e force index (like_event_user)
  where e.user_id = turn.user_id and e.property_id = turn.property_id order by e.id desc limit 1
)`;
const LIKE = (what: RawBuilder<unknown>) => sql`
  select ${what} from property_likes l where l.property_id = turn.property_id and l.user_id = turn.user_id`;
const DUPLICATE = 1062;
const BATCH = 1_000;

/** Likes as they stand; one that is made or taken back is told to the history. Times are naive, in the database's zone. */
export class LikeRepository extends EntityRepository<PropertyLike> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }
  get #events(): LikeEventRepository {
    return this.getEntityManager().getRepository(LikeEvent);
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
    await this.#events.recordAll(liked(pair, at, rows[0].last));
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
    await this.#events.recordAll([...unseen, { ...pair, action: 'unliked', at }]);
    return 'removed';
  }

  async isEmpty(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from like_event union all select 1 from property_likes limit 1`.execute(this.#db);
    return rows.length === 0;
  }

  async addAll(likes: readonly (Pair & { created_at: string })[]): Promise<void> {
    for (const part of chunk(likes, BATCH))
      await this.#db.insertInto('property_likes').values(part).execute();
  }

  /**
   * The like of an active user on a visible property. Waits for a like or unlike of the pair that another process has under
   * way, and for nothing else.
   */
  async findStanding(propertyId: number, userId: number): Promise<{ created_at: string | null } | undefined> {
    const { rows } = await sql<{ created_at: string | null }>`
      select l.created_at from (
        select created_at from property_likes where property_id = ${propertyId} and user_id = ${userId} lock in share mode
      ) l
      where exists (select 1 from auth_user where id = ${userId} and is_active = 1)
        and exists (select 1 from property where id = ${propertyId} and availability is not null)`.execute(
      this.#db,
    );
    return rows[0];
  }

  /** Whether the user likes the property, and whether the user is active. Waits as findStanding() does. */
  async findState(propertyId: number, userId: number): Promise<{ isLiked: boolean; isActive: boolean }> {
    const { rows } = await sql<{ liked: number; active: number }>`
      select exists (
          select 1 from property_likes where property_id = ${propertyId} and user_id = ${userId} lock in share mode
        ) as liked,
        exists (select 1 from auth_user where id = ${userId} and is_active = 1) as active`.execute(this.#db);
    return { isLiked: rows[0]?.liked === 1, isActive: rows[0]?.active === 1 };
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
      where user_id = ${userId} and ${isBefore(after)}
      order by created_at desc, id desc limit ${limit}`.execute(this.#db);
    return rows;
  }
}

// An old like may have no time: those come last.
function isBefore(after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [at, id] = after;
  if (at === null) return sql`created_at is null and id < ${id}`;
  return sql`(created_at < ${at} or (created_at = ${at} and id < ${id}) or created_at is null)`;
}
