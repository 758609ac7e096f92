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

/**
 * Breaks a connection whose statement is not answered in time. Without it a host that has vanished, or a failover
 * that closed nothing, would hold every connection of the pool for as long as TCP keeps trying, a quarter of an hour,
 * though new connections would be served. For processes that serve requests; a migration may take its time.
 */
export async function limitStatements(orm: MikroORM, ms: number): Promise<void> {
  const pool = (await orm.em.getConnection().getNativeClient()) as unknown as RawPool;
  pool.on('connection', (connection) => {
    const query = connection.query.bind(connection);
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
