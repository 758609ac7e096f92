import { type Kysely, sql } from 'kysely';

// Each server executes the comment of its own engine only.
const SHARE_SKIP_LOCKED = sql`/*!80001 for share skip locked */ /*M!100600 lock in share mode skip locked */`;

/**
 * Takes shared locks on the rows that are free (SKIP LOCKED), so that nobody changes or deletes them until the transaction ends.
 * It never waits. A shared lock of another transaction, such as that of a foreign key, does not conflict.
 * @returns the ids locked; the others have an exclusive lock of another transaction, or do not exist
 */
export async function lockSharedSkipLocked<Tables>(
  db: Kysely<Tables>,
  table: string,
  ids: readonly number[],
): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  // Foreign keys lock the primary key, so conflicts are found on that index only.
  const { rows } = await sql<{ id: number }>`
    select id from ${sql.table(table)} force index (primary) where id in (${sql.join(ids)}) ${SHARE_SKIP_LOCKED}`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
}
