import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { LikeAction } from './like-event.entity.js';
import { writeLockKey } from './user-write-lock.js';
import type { Tables } from './kysely-tables.js';

interface LoggedAction {
  id: number;
  user_id: number;
  property_id: number;
  action: LikeAction;
}

/** SQL that ends the likes of a user and replaces the user's id in `like_event`. */
@Injectable()
export class LikeErasureRepository extends SqlRepository<Tables> {
  /** Takes the user's write lock until the transaction ends. */
  async lockUser(userId: number): Promise<void> {
    await sql`select turn from like_turn where turn = ${writeLockKey(userId)} for update`.execute(this.db);
  }

  /** The oldest likes of a user. */
  async findLikeIds(userId: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`
      select id from property_likes where user_id = ${userId} order by id limit ${limit}`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  async deleteLikes(likeIds: readonly number[]): Promise<void> {
    await sql`delete from property_likes where id in (${sql.join(likeIds)})`.execute(this.db);
  }

  /** The properties of these likes. */
  async findPropertyIds(likeIds: readonly number[]): Promise<number[]> {
    const { rows } = await sql<{ property_id: number }>`
      select property_id from property_likes where id in (${sql.join(likeIds)})`.execute(this.db);
    return rows.map((row) => row.property_id);
  }

  /** The first like events of a user, by property and then oldest first. */
  async findEvents(userId: number, limit: number): Promise<LoggedAction[]> {
    const { rows } = await sql<LoggedAction>`
      select id, user_id, property_id, action from like_event
      where user_id = ${userId} order by property_id, id limit ${limit}`.execute(this.db);
    return rows;
  }

  async replaceUser(eventIds: readonly number[], pseudonym: number): Promise<void> {
    await sql`update like_event set user_id = ${pseudonym} where id in (${sql.join(eventIds)})`.execute(
      this.db,
    );
  }

  /** Whether a user, or a pseudonym, has like events. */
  async hasEvents(userId: number): Promise<boolean> {
    const { rows } = await sql`select 1 from like_event where user_id = ${userId} limit 1`.execute(this.db);
    return rows.length > 0;
  }

  /** The id of the last of the next `limit` like events after `after`; null at the end. */
  async findBatchEnd(after: number, limit: number): Promise<number | null> {
    const { rows } = await sql<{ id: number | null }>`
      select max(id) as id from (
        select id from like_event where id > ${after} order by id limit ${limit}
      ) batch`.execute(this.db);
    return rows[0]?.id ?? null;
  }

  /** The unlikes in `(after, to]` that a user made before `before`. */
  async findUnlikes(after: number, to: number, before: string): Promise<LoggedAction[]> {
    const { rows } = await sql<LoggedAction>`
      select id, user_id, property_id, action from like_event
      where id > ${after} and id <= ${to} and action = 'unliked' and user_id > 0 and at < ${before}
      order by id`.execute(this.db);
    return rows;
  }

  /** Replaces the user in the events of a pair up to an unlike. The trust rules forget these events, too. */
  async replaceUserUpTo({ id, user_id, property_id }: LoggedAction, pseudonym: number): Promise<void> {
    await sql`
      update account_trust a join like_event e on e.id = a.event_id set a.event_id = null
      where a.user_id = ${user_id} and e.property_id = ${property_id} and e.id <= ${id}`.execute(this.db);
    await sql`
      update like_event set user_id = ${pseudonym}
      where user_id = ${user_id} and property_id = ${property_id} and id <= ${id}`.execute(this.db);
    await sql`
      delete from untrusted_like where user_id = ${user_id} and property_id = ${property_id} and not exists (
        select 1 from like_event where user_id = ${user_id} and property_id = ${property_id})`.execute(
      this.db,
    );
  }
}
