import { Global, Injectable, Module } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import { type LikesOfProperty, PropertyLikes } from '../properties/model/property-likes.js';
import type { LikeCount } from './like.repository.js';
import type { Tables } from './kysely-tables.js';

/** Counts the likes of a page of properties with one statement: one index entry per like, because there is no stored counter. */
@Injectable()
class LikeCounts extends SqlRepository<Tables> implements PropertyLikes {
  async of(
    propertyIds: readonly number[],
    userId: number | null,
  ): Promise<(propertyId: number) => LikesOfProperty> {
    const { rows } = await sql<LikeCount & { property_id: number }>`
      select property_id, count(*) as count, max(user_id = ${userId ?? 0}) as mine
      from property_likes where property_id in (${sql.join(propertyIds)})
      group by property_id`.execute(this.db);
    const byId = new Map(rows.map((row) => [row.property_id, row]));
    return (propertyId) => {
      const { count, mine } = byId.get(propertyId) ?? { count: 0, mine: 0 };
      return { count, likedByMe: userId === null ? null : mine === 1 };
    };
  }
}

/** Makes `PropertyLikes` injectable in all modules, also in a process without the service `likes`. */
@Global()
@Module({ providers: [{ provide: PropertyLikes, useClass: LikeCounts }], exports: [PropertyLikes] })
export class LikeCountsModule {}
