import { type RawBuilder, sql } from 'kysely';

// As many rows as the migration writes.
const TURNS = 1_024;
export const writeLockOf = (userId: number): number => userId % TURNS;

/**
 * What a like begins with: all of one person, and of who has the same turn, come one after the other. Without it two likes of one
 * pair, right after it was taken back, would each hold what the other waits for. `limit` keeps servers from joining first.
 */
export const turn = (propertyId: number, userId: number): RawBuilder<unknown> => sql`(
  select ${propertyId} as property_id, ${userId} as user_id from like_turn where turn = ${writeLockOf(userId)} limit 1 for update
) turn`;
