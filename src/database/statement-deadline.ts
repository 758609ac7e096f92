import type { MikroORM } from '@mikro-orm/mysql';
import type { Socket } from 'node:net';

/** The part of mysql2's callback connection that is used here. */
interface RawConnection {
  stream: Socket;
  query(sql: string, parameters: unknown, done: (error: unknown, result: unknown) => void): unknown;
}
interface RawPool {
  on(event: 'connection', listener: (connection: RawConnection) => void): void;
}

// Nobody has a row locked for long but programs that leave transactions open: they must not hold a request, nor with a few
// of them every connection there is.
export const LOCK_WAIT_SECONDS = 2;
// So much earlier than we stop waiting the server stops working.
const SERVER_IS_EARLIER_MS = 500;

/**
 * Limits what a statement may take, for processes that serve requests; a migration may take its time.
 *
 * The server stops a statement that takes too long, so that what nobody waits for any more does not go on there. And a
 * connection whose statement is not answered at all is broken: without it a host that has vanished, or a failover that
 * closed nothing, would hold every connection of the pool for as long as TCP keeps trying, a quarter of an hour, though
 * new connections would be served.
 */
export async function limitStatements(orm: MikroORM, ms: number): Promise<void> {
  const pool = (await orm.em.getConnection().getNativeClient()) as unknown as RawPool;
  const serverMs = ms - SERVER_IS_EARLIER_MS;
  // Each server sees its own variable only: in milliseconds, for SELECT (MySQL); in seconds, for all (MariaDB).
  const limit = `set innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS} /*!80000 , max_execution_time = ${serverMs} */ /*M!100100 , max_statement_time = ${serverMs / 1000} */`;
  pool.on('connection', (connection) => {
    const query = connection.query.bind(connection);
    query(limit, undefined, () => {});
    connection.query = (sql, parameters, done) => {
      const timer = setTimeout(() => {
        const error = new Error(`no answer from the database in ${ms} ms`);
        // The stream itself: closing the connection would wait for an answer, too.
        connection.stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
      }, ms);
      return query(sql, parameters, (error, result) => {
        clearTimeout(timer);
        done(error, result);
      });
    };
  });
}
