import { type RawBuilder, sql } from 'kysely';

// Rows of `like_turn`; the migration inserts them.
const WRITE_LOCK_COUNT = 1_024;

/**
 * Key (`like_turn.turn`) of the row that is the write lock of this user. Users whose ids are equal modulo 1,024 share one. The id of
 * an erased user is negative.
 */
export const writeLockKey = (userId: number): number => Math.abs(userId) % WRITE_LOCK_COUNT;

/**
 * Locks the user's write lock until the transaction ends, so that one user's likes and unlikes run one at a time. Without it,
 * two re-likes of a just-deleted pair deadlock on InnoDB gap locks (ADR 8). `limit` makes the server take the lock before it
 * joins.
 * @returns the one-row derived table `pair (property_id, user_id)`; it must come first in the `from` clause
 */
export const pairUnderWriteLock = (propertyId: number, userId: number): RawBuilder<unknown> => sql`(
  select ${propertyId} as property_id, ${userId} as user_id from like_turn where turn = ${writeLockKey(userId)} limit 1 for update
) pair`;
