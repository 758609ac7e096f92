import { MikroORM } from '@mikro-orm/mysql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

interface RawConnection {
  query(sql: string | { sql: string }, ...rest: unknown[]): unknown;
}
interface RawPool {
  on(event: 'acquire', listener: (connection: RawConnection) => void): void;
}

/** Records every statement that the app sends from now on. */
export async function recordStatements(app: NestFastifyApplication): Promise<string[]> {
  const statements: string[] = [];
  const recorded = new WeakSet<RawConnection>();
  const pool = await app.get(MikroORM).em.getConnection().getNativeClient();
  (pool as unknown as RawPool).on('acquire', (connection) => {
    if (recorded.has(connection)) return;
    recorded.add(connection);
    const query = connection.query.bind(connection);
    connection.query = (sql, ...rest) => {
      statements.push(typeof sql === 'string' ? sql : sql.sql);
      return query(sql, ...rest);
    };
  });
  return statements;
}
