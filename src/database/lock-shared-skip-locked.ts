import { type Kysely, sql } from 'kysely';

// Each server has words of its own.
const SHARED_IF_FREE = sql`/*!80001 for share skip locked */ /*M!100600 lock in share mode skip locked */`;

/**
 * For a transaction: holds rows as foreign keys hold what they refer to, so that nobody changes or deletes them until it ends.
 * Nobody is waited for; and what others share is free, however long their transactions are open.
 * @returns the ids of those that are held; others are changing the rest, or they are not there
 */
export async function lockSharedSkipLocked<Tables>(
  db: Kysely<Tables>,
  table: string,
  ids: readonly number[],
): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  // By the primary key: of another index foreign keys know nothing.
  const { rows } = await sql<{ id: number }>`
    select id from ${sql.table(table)} force index (primary) where id in (${sql.join(ids)}) ${SHARED_IF_FREE}`.execute(
    db,
  );
  return new Set(rows.map((row) => Number(row.id)));
}
