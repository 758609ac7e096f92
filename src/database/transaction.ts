import type { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { isReadOnlyError } from './database-errors.js';

const DEADLOCK = 1213;
const LOCK_WAIT_TIMEOUT = 1205;
// MariaDB 11.6 on: another transaction has changed the row since our first read.
const RECORD_CHANGED = 1020;
// A member of a replication group has rolled it back: others had changed its rows, or the group changed.
const ROLLED_BACK_BY_GROUP = 3101;
// A value that must not be null.
const NOT_NULL = 1048;
const ATTEMPTS = 4;

/** For what locks its rows and then reads: each statement sees what was committed before it, and locks no gaps. */
export const READ_COMMITTED = { isolation: 'read committed' } as const;

let retries = 0;

/** How often a transaction of this process was given up for a lock, and run again. */
export function transactionRetries(): number {
  return retries;
}

/** Whether others had rows locked for longer than it was waited for them. */
export function isLockedOut(error: unknown): boolean {
  return (error as { errno?: number }).errno === LOCK_WAIT_TIMEOUT;
}

/** Whether a row has what can not be worked with: it is out of range, or no value at all. */
export function isBadValue(error: unknown): boolean {
  const { sqlState, errno } = error as { sqlState?: string; errno?: number };
  return sqlState?.startsWith('22') === true || errno === NOT_NULL;
}

/**
 * Runs `work` in a transaction of its own EntityManager. When the server gives it up for a deadlock, nothing of it has
 * happened and it is run again, a bounded number of times: it must hold queries only, by `getKysely()`. A server that is
 * read-only was perhaps the primary before a failover: the transaction is run once more, on another connection. Nothing is
 * flushed: the ORM's own transactions, which do that, take twice the processor time of a like.
 * @param options READ_COMMITTED, or by default all of it sees one moment
 */
export async function inTransaction<T>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<T>,
  { isolation }: Partial<typeof READ_COMMITTED> = {},
): Promise<T> {
  let wasReadOnly = false;
  for (let attempt = 1; ; attempt++) {
    try {
      const begin = em.getKysely().transaction();
      return await (isolation ? begin.setIsolationLevel(isolation) : begin).execute((transaction) => {
        const own = em.fork();
        own.setTransactionContext(transaction);
        return work(own);
      });
    } catch (error) {
      // The one connection of a worker can't be replaced: the worker takes another.
      if (isReadOnlyError(error) && !wasReadOnly && !em.isInTransaction()) {
        wasReadOnly = true;
        continue;
      }
      const { errno } = error as { errno?: number };
      const transient = [DEADLOCK, RECORD_CHANGED, ROLLED_BACK_BY_GROUP].includes(errno ?? 0);
      if (!transient || attempt >= ATTEMPTS) throw error;
      retries++;
    }
  }
}

/**
 * Within a transaction: when `work` waits for a lock in vain, or meets a bad value, nothing of it has happened, and the
 * transaction can go on.
 */
export async function orNothing<T>(em: EntityManager, work: () => Promise<T>): Promise<T> {
  const db = em.getKysely();
  await sql`savepoint part`.execute(db);
  try {
    return await work();
  } catch (error) {
    // After a deadlock there is no transaction any more.
    if (isLockedOut(error) || isBadValue(error)) await sql`rollback to savepoint part`.execute(db);
    throw error;
  }
}
