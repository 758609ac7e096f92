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

const DUPLICATE = 1062;
const BATCH = 1_000;

/** Every query of `property_likes` and `like_event`. Times are naive, in the database's zone. */
export class LikeRepository extends EntityRepository<PropertyLike> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  /**
   * For a transaction. The person's row is locked on the way: InnoDB would let two likes of one pair, right after it was
   * taken back, wait for each other. Likes of different people touch nothing in common that any of them must wait for:
   * the home's row is only shared, as it is for its foreign key.
   * @returns `standing` when it stood already, which stays so until the transaction ends; `refused` when there is no such
   *   home that is visible, or no such person who is active
   */
  async add(propertyId: number, userId: number, at: string): Promise<'added' | 'standing' | 'refused'> {
    try {
      const { numAffectedRows } = await sql`
        insert into property_likes (property_id, user_id, created_at)
        select ${propertyId}, u.id, ${at} from auth_user u
        where u.id = ${userId} and u.is_active = 1
          and exists (select 1 from property p where p.id = ${propertyId} and p.availability is not null)
        for update`.execute(this.#db);
      return numAffectedRows === 1n ? 'added' : 'refused';
    } catch (error) {
      if ((error as { errno?: number }).errno === DUPLICATE) return 'standing';
      throw error;
    }
  }

  /** For a transaction; locks as add() does. `absent`: there was nothing to take back; `refused`: no active person. */
  async remove(propertyId: number, userId: number): Promise<'removed' | 'absent' | 'refused'> {
    const { rows } = await sql`
      select u.id from auth_user u where u.id = ${userId} and u.is_active = 1 for update`.execute(this.#db);
    if (rows.length === 0) return 'refused';
    const { numAffectedRows } = await sql`
      delete from property_likes where property_id = ${propertyId} and user_id = ${userId}`.execute(this.#db);
    return numAffectedRows === 1n ? 'removed' : 'absent';
  }

  /** Of a home that was deleted, where an old table let its likes stand, there is nothing to record. */
  async record(propertyId: number, userId: number, action: LikeAction, at: string): Promise<void> {
    await sql`
      insert into like_event (property_id, user_id, action, at)
      select p.id, ${userId}, ${action}, ${at} from property p where p.id = ${propertyId}`.execute(this.#db);
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

// An old like may have no time: those come last.
function isBefore(time: RawBuilder<unknown>, after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [key, id] = after;
  if (key === null) return sql`${time} is null and id < ${id}`;
  return sql`(${time} < ${key} or (${time} = ${key} and id < ${id}) or ${time} is null)`;
}
