import type { Socket } from 'node:net';
import type { MikroORM } from '@mikro-orm/mysql';
import type { Login } from './check-connection.js';

type QueryCallback = (error: unknown, result?: unknown) => void;

/** The part of mysql2's callback API that is used here. */
export interface RawConnection {
  stream: Socket;
  once(event: 'end' | 'error', listener: () => void): void;
  query(sql: string, parameters: unknown, done: QueryCallback): unknown;
  /** As query(), with a prepared statement of this connection. */
  execute(sql: string, parameters: unknown, done: QueryCallback): unknown;
  release(): void;
  destroy(): void;
}
export type ConnectionCallback = (error: unknown, connection?: RawConnection) => void;
export interface RawPool {
  /** The connections opened from now on use it. */
  config: { connectionConfig: Login & { stream?: unknown } };
  getConnection(done: ConnectionCallback): void;
  end(done?: (error: unknown) => void): void;
  on(event: 'connection' | 'acquire' | 'release', listener: (connection: RawConnection) => void): void;
}

export async function rawPoolOf(orm: MikroORM): Promise<RawPool> {
  return (await orm.em.getConnection().getNativeClient()) as unknown as RawPool;
}
