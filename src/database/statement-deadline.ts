import type { MikroORM } from '@mikro-orm/mysql';
import { type RawPool, rawPoolOf } from './raw-pool.js';
import { traceStatement } from '../tracing/spans.js';
import { isLateWrite, LateRequest } from './request-deadline.js';

// Only programs that leave transactions open lock rows for longer. A request must not wait for them, or a few waiting requests
// would use up the connection pool.
export const LOCK_WAIT_SECONDS = 2;
// The server stops a statement this much earlier than the client stops waiting for it.
const SERVER_HEAD_START_MS = 500;

/**
 * Statements that each connection prepares once: that saves a fifth of the server's CPU time for a small one. Their columns must
 * not be times, whose fraction of a second the binary protocol leaves out when it is 0.
 */
const PREPARED = new Set<string>();

/** @returns the statement, which is prepared from now on */
export function prepared(sql: string): string {
  PREPARED.add(sql);
  return sql;
}

/**
 * Limits the time of each statement. For processes that serve requests; a migration has no limit.
 *
 * The server stops a statement after `ms` minus 500 ms, so that it does not go on working when nobody waits for the result. When
 * no answer arrives within `ms`, the client breaks the connection. Otherwise a vanished host, or a failover that left connections
 * open, would hold every connection of the pool until TCP gives up after 15 minutes.
 *
 * A statement that would write for a request that is late is not sent.
 */
export async function limitStatements(orm: MikroORM, ms: number): Promise<void> {
  limitPoolStatements(await rawPoolOf(orm), ms);
}

/** As limitStatements(), for the pool of a read replica. */
export function limitPoolStatements(pool: RawPool, ms: number): void {
  const serverMs = ms - SERVER_HEAD_START_MS;
  // Each server executes the comment of its own engine only. MySQL: milliseconds, SELECT only. MariaDB: seconds, all statements.
  const limit = `set innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS} /*!80000 , max_execution_time = ${serverMs} */ /*M!100100 , max_statement_time = ${serverMs / 1000} */`;
  pool.on('connection', (connection) => {
    const query = connection.query.bind(connection);
    const execute = connection.execute.bind(connection);
    query(limit, undefined, () => {});
    connection.query = (sql, parameters, done) => {
      if (isLateWrite(sql)) return done(new LateRequest());
      const ended = traceStatement(sql, done);
      const timer = setTimeout(() => {
        const error = new Error(`no answer from the database in ${ms} ms`);
        // Destroys the stream, because closing the connection would wait for an answer as well.
        connection.stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
      }, ms);
      const send = PREPARED.has(sql) ? execute : query;
      return send(sql, parameters, (error, result) => {
        clearTimeout(timer);
        ended(error, result);
      });
    };
  });
}
