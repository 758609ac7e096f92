import type { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { onConnection } from './transaction.js';

/**
 * Runs the statements of `work` on one connection. When `signal` aborts, the server stops the statement that runs.
 * @throws the server's error of an interrupted statement
 */
export async function stopOnAbort<T>(
  em: EntityManager,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const pool = em.getKysely<never>();
  return pool.connection().execute(async (connection) => {
    const { rows } = await sql<{ id: number }>`select connection_id() as id`.execute(connection);
    let isOver = false;
    let kill: Promise<unknown> | undefined;
    const stop = (): void => {
      const sent = pool.connection().execute(async (other) => {
        // The connection may run the statement of another request by now.
        if (!isOver) await (kill = sql`kill query ${rows[0]!.id}`.execute(other));
      });
      // The deadline of statements stops it, if nothing else does.
      sent.catch(() => {});
    };
    signal.addEventListener('abort', stop);
    try {
      signal.throwIfAborted();
      return await onConnection(em, connection, work);
    } finally {
      isOver = true;
      signal.removeEventListener('abort', stop);
      await kill?.catch(() => {});
    }
  });
}
