import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { Position } from '../http/cursors.js';
import type { Tables } from './kysely-tables.js';

export interface LikeRow {
  id: number;
  property_id: number;
  created_at: string | null;
}
export interface LikeCount {
  count: number;
  /** 1 when the caller likes the property, else 0. */
  mine: number;
}

/** Reads `property_likes`; LikeWriter writes it. Times are naive, in the database's zone. */
@Injectable()
export class LikeRepository extends SqlRepository<Tables> {
  /**
   * Counts the likes of a property: one index entry per like, because there is no stored counter.
   * @param userId the caller; null when anonymous
   */
  async countOf(propertyId: number, userId: number | null): Promise<LikeCount> {
    const { rows } = await sql<LikeCount>`
      select count(*) as count,
        exists (select 1 from property_likes where property_id = ${propertyId} and user_id = ${userId ?? 0}) as mine
      from property_likes where property_id = ${propertyId}`.execute(this.db);
    return rows[0]!;
  }

  /** The ids among `propertyIds` that the user likes, in ascending order. */
  async findLikedIds(userId: number, propertyIds: readonly number[]): Promise<number[]> {
    if (propertyIds.length === 0) return [];
    const rows = await this.db
      .selectFrom('property_likes')
      .select('property_id')
      .where('property_id', 'in', propertyIds)
      .where('user_id', '=', userId)
      .orderBy('property_id')
      .execute();
    return rows.map((row) => row.property_id);
  }

  /** Likes of a user after the keyset position `after`, newest first. */
  async findPage(userId: number, after: Position | null, limit: number): Promise<LikeRow[]> {
    const { rows } = await sql<LikeRow>`
      select id, property_id, created_at from property_likes
      where user_id = ${userId} and ${isOlderThan(after)}
      order by created_at desc, id desc limit ${limit}`.execute(this.db);
    return rows;
  }
}

// Likes of old programs may have no time. They come last.
function isOlderThan(after: Position | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const [at, id] = after;
  if (at === null) return sql`created_at is null and id < ${id}`;
  return sql`(created_at < ${at} or (created_at = ${at} and id < ${id}) or created_at is null)`;
}
