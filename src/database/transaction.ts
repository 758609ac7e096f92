import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, type EntityManager, TransactionContext } from '@mikro-orm/mysql';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isLate, LateRequest, requestDeadline } from './request-deadline.js';
import { ServerClock } from './server-clock.js';
import {
  isBadValue,
  isConflict,
  isLockWaitTimeout,
  isPrimaryChange,
  isReadOnlyError,
  isStatementTimeout,
} from './server-errors.js';

const MAX_ATTEMPTS = 4;
// A replication group changed its primary within a second, also on a busy machine.
const PRIMARY_CHANGE_MS = 2_000;
const PRIMARY_CHANGE_PAUSE_MS = 100;

/** For transactions that lock rows and then read: each statement sees the rows committed before it, and takes no gap locks. */
export const READ_COMMITTED = { isolation: 'read committed' } as const;

let retries = 0;
const clocks = new WeakMap<Connection, ServerClock>();

/** How many times this process retried a transaction after a deadlock or a conflict with another transaction. */
export function transactionRetries(): number {
  return retries;
}

/**
 * Runs `work` with `db` as the connection of all repositories and of the EntityManager. `work` and all that it awaits see it
 * (AsyncLocalStorage); an EntityManager of its own holds the entities of `work`.
 * @param db one connection, or a transaction
 */
export function onConnection<T>(
  em: EntityManager,
  db: Kysely<never>,
  work: (own: EntityManager) => Promise<T>,
): Promise<T> {
  const own = em.fork();
  own.setTransactionContext(db);
  return TransactionContext.create(own, () => work(own));
}

/** Runs `work` on the pool of the primary, also inside a transaction or a read on a replica: for data that requests share. */
export function onPrimary<T>(em: EntityManager, work: () => Promise<T>): Promise<T> {
  return TransactionContext.create(em.fork(), work);
}

/**
 * Runs `work` in a transaction, in which all repositories and the EntityManager take part. Entities are flushed at its end.
 * After a conflict `work` runs again (retryTransaction), so it must contain only queries.
 * @param options READ_COMMITTED; by default all reads see one snapshot (REPEATABLE READ)
 */
export async function inTransaction<T>(
  em: EntityManager,
  work: () => Promise<T>,
  { isolation }: Partial<typeof READ_COMMITTED> = {},
): Promise<T> {
  // A worker holds one connection, which cannot be replaced here. The worker itself takes a new one.
  const canReplaceConnection = !em.isInTransaction();
  return retryTransaction(() => {
    const begin = em.getKysely<never>().transaction();
    return (isolation ? begin.setIsolationLevel(isolation) : begin).execute((transaction) =>
      onConnection(em, transaction, async (own) => {
        const result = await work();
        await own.flush();
        return result;
      }),
    );
  }, canReplaceConnection);
}

/**
 * Runs a transaction. After a deadlock the server has rolled back everything, and it runs again, at most 4 times in all. A read-only
 * server may be the old primary of a failover: then it runs once more, on another connection. While a replication group changes its
 * primary, it is retried for up to 2 s.
 */
async function retryTransaction<T>(transaction: () => Promise<T>, canReplaceConnection = true): Promise<T> {
  let wasReadOnly = false;
  let attempt = 1;
  let changesSince = Infinity;
  for (;;) {
    try {
      return await transaction();
    } catch (error) {
      if (isReadOnlyError(error) && !wasReadOnly && canReplaceConnection) {
        wasReadOnly = true;
        continue;
      }
      if (isPrimaryChange(error)) {
        changesSince = Math.min(changesSince, performance.now());
        if (performance.now() - changesSince > PRIMARY_CHANGE_MS) throw error;
        await pause(PRIMARY_CHANGE_PAUSE_MS);
        continue;
      }
      if (!isConflict(error) || attempt >= MAX_ATTEMPTS) throw error;
      attempt++;
      retries++;
    }
  }
}

/**
 * Calls a procedure that is a transaction of its own, in one round trip. Not for use inside inTransaction().
 * @param call gets the deadline of the request, by the clock of the server. After it the procedure must not commit, and its outcome is
 *   'late': a call can run after the caller's 503, when the server was frozen or waited for a lock
 * @returns the first row of its result
 * @throws LateRequest after the deadline
 */
export async function callProcedure<Row extends { outcome: string }>(
  em: EntityManager,
  call: (deadline: string) => RawBuilder<unknown>,
): Promise<Exclude<Row, { outcome: 'late' }>> {
  const clock = clockOf(em);
  let row = await callOnce<Row>(em, clock, call);
  if (row.outcome === 'late' && !isLate()) {
    // The clock of the server was changed since it was read.
    clock.forget();
    row = await callOnce<Row>(em, clock, call);
  }
  if (row.outcome === 'late') throw new LateRequest();
  return row as Exclude<Row, { outcome: 'late' }>;
}

function clockOf(em: EntityManager): ServerClock {
  const connection = em.getConnection();
  const clock = clocks.get(connection) ?? new ServerClock();
  clocks.set(connection, clock);
  return clock;
}

function callOnce<Row>(
  em: EntityManager,
  clock: ServerClock,
  call: (deadline: string) => RawBuilder<unknown>,
): Promise<Row> {
  return retryTransaction(() =>
    em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const deadline = await clock.translate(connection, requestDeadline());
        try {
          const [rows] = (await call(deadline).execute(connection)).rows as [Row[], ...unknown[]];
          return rows[0]!;
        } catch (error) {
          // A procedure that fails leaves its transaction open. On a broken connection this fails too, and the server has rolled back.
          await sql`rollback`.execute(connection).catch(() => {});
          throw error;
        }
      }),
  );
}

/** A transaction for reads that stays open between calls of `run`, for a stream. It must be ended. */
export async function openTransaction(
  em: EntityManager,
): Promise<{ run<T>(work: () => Promise<T>): Promise<T>; end(): Promise<void> }> {
  const transaction = await em.getKysely<never>().startTransaction().execute();
  return {
    run: (work) => onConnection(em, transaction, work),
    end: () => transaction.rollback().execute(),
  };
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
