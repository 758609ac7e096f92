import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { hasNumber, isDuplicateKey, SERVER_ERRORS } from '../database/server-errors.js';
import { SqlRepository } from '../database/sql-repository.js';
import { callProcedure, inTransaction } from '../database/transaction.js';
import type { LikeAction } from './like-event.entity.js';
import { eventsOfLike, LIKE_EVENT_TIME, LikeEventRepository } from './like-event.repository.js';
import { pairUnderWriteLock, writeLockKey } from './user-write-lock.js';
import type { Tables } from './kysely-tables.js';

/** `standing`: the pair had a like. `hidden`: no such property is visible. `inactive`: no such user is active. */
export type LikeOutcome =
  | { outcome: 'added' | 'hidden' | 'inactive' }
  | { outcome: 'standing'; /** The zero date for a like without a time. */ likedAt: string };
export type UnlikeOutcome = 'removed' | 'absent' | 'inactive';

const NO_TIME = '0000-00-00 00:00:00';
// The action of the last like event of `pair`. It is read under the user's write lock, so it sees the last committed event.
const LAST_ACTION = sql`(
  select e.action from like_event e force index (like_event_pair)
  where e.user_id = pair.user_id and e.property_id = pair.property_id order by e.id desc limit 1
)`;
const selectLike = (column: RawBuilder<unknown>) => sql`
  select ${column} from property_likes l where l.property_id = pair.property_id and l.user_id = pair.user_id`;

/**
 * Writes likes and unlikes with their like events. A procedure of the database does it in one round trip (ADR 16). Where the procedures
 * are missing, as after a dump without routines, or the account may not call them, the service sends the same statements itself.
 * Times are naive, in the database's zone.
 */
@Injectable()
export class LikeWriter extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly events: LikeEventRepository,
  ) {
    super(em);
  }

  /** Takes the user's write lock, then shared locks on user and property (those the foreign keys take), so other users never wait. */
  add(propertyId: number, userId: number, at: string): Promise<LikeOutcome> {
    const call = (deadline: string) =>
      sql`call like_property_until(${propertyId}, ${userId}, ${writeLockKey(userId)}, ${at}, ${deadline})`;
    return this.#call<LikeOutcome>(call, () => this.#addByStatements(propertyId, userId, at));
  }

  /** Takes the user's write lock, a shared lock on the user and an exclusive lock on the like. */
  async remove(propertyId: number, userId: number, at: string): Promise<UnlikeOutcome> {
    const call = (deadline: string) =>
      sql`call unlike_property_until(${propertyId}, ${userId}, ${writeLockKey(userId)}, ${at}, ${deadline})`;
    const { outcome } = await this.#call<{ outcome: UnlikeOutcome }>(call, async () => ({
      outcome: await this.#removeByStatements(propertyId, userId, at),
    }));
    return outcome;
  }

  async #call<Result extends { outcome: string }>(
    call: (deadline: string) => RawBuilder<unknown>,
    otherwise: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await callProcedure<Result>(this.em, call);
    } catch (error) {
      if (hasNumber(error, SERVER_ERRORS.NO_ROUTINE, SERVER_ERRORS.ROUTINE_DENIED)) return otherwise();
      throw error;
    }
  }

  async #addByStatements(propertyId: number, userId: number, at: string): Promise<LikeOutcome> {
    const state = await this.#findState(propertyId, userId);
    if (!state) return { outcome: 'inactive' };
    if (state.visible === null) return { outcome: 'hidden' };
    if (state.likedAt !== null) return { outcome: 'standing', likedAt: state.likedAt };
    return inTransaction(this.em, async () => {
      const { rows } = await sql<{ visible: number | null; last: LikeAction | null }>`
        select p.id as visible, ${LAST_ACTION} as last
        from ${pairUnderWriteLock(propertyId, userId)}
        straight_join auth_user u on u.id = pair.user_id and u.is_active = 1
        left join property p on p.id = pair.property_id and p.availability is not null
        lock in share mode`.execute(this.db);
      if (!rows[0]) return { outcome: 'inactive' };
      if (rows[0].visible === null) return { outcome: 'hidden' };
      const pair = { property_id: propertyId, user_id: userId };
      try {
        // By value: while `insert … select` waits for another program's like, MariaDB holds the auto-increment lock (ADR 8).
        await this.db
          .insertInto('property_likes')
          .values({ ...pair, created_at: at })
          .execute();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return { outcome: 'standing', likedAt: await this.#findLikedAt(propertyId, userId) };
      }
      await this.events.recordAll(eventsOfLike(pair, at, rows[0].last));
      return { outcome: 'added' };
    });
  }

  async #removeByStatements(propertyId: number, userId: number, at: string): Promise<UnlikeOutcome> {
    const state = await this.#findState(propertyId, userId);
    if (!state) return 'inactive';
    if (state.likedAt === null) return 'absent';
    return inTransaction(this.em, async () => {
      const { rows } = await sql<{ likeId: number | null; likedAt: string | null; last: LikeAction | null }>`
        select (${selectLike(sql`l.id`)} for update) as likeId, (${selectLike(LIKE_EVENT_TIME)} for update) as likedAt, ${LAST_ACTION} as last
        from ${pairUnderWriteLock(propertyId, userId)}
        straight_join auth_user u on u.id = pair.user_id and u.is_active = 1
        lock in share mode`.execute(this.db);
      if (!rows[0]) return 'inactive';
      const { likeId, likedAt, last } = rows[0];
      if (likeId === null) return 'absent';
      await sql`delete from property_likes where id = ${likeId}`.execute(this.db);
      const pair = { property_id: propertyId, user_id: userId };
      // A like of another program may have no like event yet. An unlike needs a like before it.
      const unrecorded = last === 'liked' ? [] : [{ ...pair, action: 'liked' as const, at: likedAt ?? at }];
      await this.events.recordAll([...unrecorded, { ...pair, action: 'unliked', at }]);
      return 'removed';
    });
  }

  /** Waits for a like or unlike of the pair that another process has under way, and for nothing else. Undefined for an inactive user. */
  async #findState(
    propertyId: number,
    userId: number,
  ): Promise<{ visible: number | null; likedAt: string | null } | undefined> {
    const { rows } = await sql<{ visible: number | null; likedAt: string | null }>`
      select p.id as visible, (
          select coalesce(created_at, ${NO_TIME}) from property_likes
          where property_id = ${propertyId} and user_id = ${userId} lock in share mode
        ) as likedAt
      from auth_user u left join property p on p.id = ${propertyId} and p.availability is not null
      where u.id = ${userId} and u.is_active = 1`.execute(this.db);
    return rows[0];
  }

  /** `created_at` of a like. A locking read: it returns the latest committed row and ignores the transaction's snapshot. */
  async #findLikedAt(propertyId: number, userId: number): Promise<string> {
    const { rows } = await sql<{ created_at: string | null }>`
      select created_at from property_likes where property_id = ${propertyId} and user_id = ${userId}
      lock in share mode`.execute(this.db);
    return rows[0]?.created_at ?? NO_TIME;
  }
}
