import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { isPrimaryChangeError, isReadOnlyError, isStatementTimeout } from './database-errors.js';

const DEADLOCK = 1213;
const LOCK_WAIT_TIMEOUT = 1205;
// MariaDB 11.6+: another transaction changed the row after the first read of this transaction.
const RECORD_CHANGED = 1020;
// Group replication rolled back the transaction: another member changed its rows, or the group changed.
const ROLLED_BACK_BY_GROUP = 3101;
// A null in a NOT NULL column.
const NULL_REFUSED = 1048;
const MAX_ATTEMPTS = 4;
// A replication group changed its primary within a second, also on a busy machine.
const PRIMARY_CHANGE_MS = 2_000;
const PRIMARY_CHANGE_PAUSE_MS = 100;

/** For transactions that lock rows and then read: each statement sees the rows committed before it, and takes no gap locks. */
export const READ_COMMITTED = { isolation: 'read committed' } as const;

let retries = 0;

/** How many times this process retried a transaction after a deadlock or a conflict with another transaction. */
export function transactionRetries(): number {
  return retries;
}

/** True for a lock-wait timeout (1205). */
export function isLockWaitTimeout(error: unknown): boolean {
  return (error as { errno?: number }).errno === LOCK_WAIT_TIMEOUT;
}

/** True when the database cannot store a value: it is out of range, malformed (SQLSTATE 22…), or null in a NOT NULL column. */
export function isBadValue(error: unknown): boolean {
  const { sqlState, errno } = error as { sqlState?: string; errno?: number };
  return sqlState?.startsWith('22') === true || errno === NULL_REFUSED;
}

/**
 * Runs `work` in a transaction with its own EntityManager.
 *
 * After a deadlock the server has rolled back everything, and `work` runs again, at most 4 times in all. So `work` must contain
 * only queries, by `getKysely()`. A read-only server may be the old primary of a failover: then `work` runs once more, on another
 * connection. While a replication group changes its primary, `work` is retried for up to 2 s. Nothing is flushed: the ORM's own
 * transactions flush, and take twice the CPU time of a like.
 * @param options READ_COMMITTED; by default all reads see one snapshot (REPEATABLE READ)
 */
export async function inTransaction<T>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<T>,
  { isolation }: Partial<typeof READ_COMMITTED> = {},
): Promise<T> {
  let wasReadOnly = false;
  let attempt = 1;
  let changesSince = Infinity;
  for (;;) {
    try {
      const begin = em.getKysely().transaction();
      return await (isolation ? begin.setIsolationLevel(isolation) : begin).execute((transaction) => {
        const own = em.fork();
        own.setTransactionContext(transaction);
        return work(own);
      });
    } catch (error) {
      // A worker holds one connection, which cannot be replaced here. The worker itself takes a new one.
      if (isReadOnlyError(error) && !wasReadOnly && !em.isInTransaction()) {
        wasReadOnly = true;
        continue;
      }
      if (isPrimaryChangeError(error)) {
        changesSince = Math.min(changesSince, performance.now());
        if (performance.now() - changesSince > PRIMARY_CHANGE_MS) throw error;
        await pause(PRIMARY_CHANGE_PAUSE_MS);
        continue;
      }
      const { errno } = error as { errno?: number };
      const isTransient = [DEADLOCK, RECORD_CHANGED, ROLLED_BACK_BY_GROUP].includes(errno ?? 0);
      if (!isTransient || attempt >= MAX_ATTEMPTS) throw error;
      attempt++;
      retries++;
    }
  }
}

/**
 * Runs `work` inside a savepoint of the current transaction. After a timeout or a bad value it rolls back to the savepoint, so
 * the transaction can continue.
 * @throws every error of `work`
 */
export async function inSavepoint<T>(em: EntityManager, work: () => Promise<T>): Promise<T> {
  const db = em.getKysely();
  await sql`savepoint part`.execute(db);
  try {
    return await work();
  } catch (error) {
    // Not after a deadlock: the server has already ended the whole transaction.
    if (isLockWaitTimeout(error) || isStatementTimeout(error) || isBadValue(error))
      await sql`rollback to savepoint part`.execute(db);
    throw error;
  }
}
