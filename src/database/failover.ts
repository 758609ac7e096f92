import type { MikroORM } from '@mikro-orm/mysql';
import { Logger } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import type { Host } from '../config/database-hosts.js';
import { type ConnectionCallback, type RawConnection, type RawPool, rawPoolOf } from './raw-pool.js';
import { IS_READ_ONLY, saysYes } from './read-only.js';
import { isReadOnlyError } from './server-errors.js';
import type { ServerState } from './watched-server.js';
import { WritableServer } from './writable-server.js';

/** A pooled connection's times, by `performance.now()`, and whether it is idle. */
interface ConnectionInfo {
  openedAt: number;
  checkedAt: number;
  releasedAt: number;
  isIdle: boolean;
  /** The result of the last check. */
  isReadOnly: boolean;
}

// A connection that was idle for longer is not used again. A firewall may have dropped it silently; a check of it would wait for the
// statement deadline. A process that was frozen has only such connections.
const MAX_IDLE_MS = 60_000;

// A connection is checked before its first use, and before a use later than this after its last check.
const CHECK_MS = 1_000;
// While no server accepts writes, connections are replaced at most this often, not for every request. The first times are sooner,
// because the name may still resolve to the old server for a moment; each wait is twice the last.
const REPLACE_MS = 1_000;
const REPLACE_SOON_MS = 100;

// A like that stands already needs no write. A read-only server would answer that from rows that may be old.
const BEGINS_WRITE = /^\s*call |\bfor update\b/i;

/** The server accepts reads only: it is a replica, or the primary before or after a failover. */
export class ReadOnlyServer extends Error {
  constructor() {
    super('the database server is read-only');
  }
}

/** True when the server accepts reads only. After `followFailovers` this answer also makes the pool replace its connections. */
export async function isReadOnly(db: Kysely<never>): Promise<boolean> {
  const { rows } = await sql.raw<object>(IS_READ_ONLY).execute(db);
  return saysYes(rows);
}

/**
 * Follows a failover that leaves old connections open: the host name of the database now leads to another server, and the server
 * of the old connections is read-only. When an error or a check of one connection shows this, every connection opened before
 * leaves the pool: at once when it is idle, else when it is released. New connections go to the server that the name leads to; of
 * several servers, to the one that accepts writes.
 */
export async function followFailovers(orm: MikroORM, hosts: readonly Host[]): Promise<void> {
  new PoolWatch().start(await rawPoolOf(orm), hosts);
}

class PoolWatch {
  readonly #logger = new Logger('database');
  readonly #connections = new Map<RawConnection, ConnectionInfo>();
  /** Connections opened before this time are not used again. */
  #replacedAt = -Infinity;
  #replaceMs = 0;
  #isReadOnly = false;
  /** Null when DATABASE_HOST names one server. */
  #servers: WritableServer | null = null;

  start(pool: RawPool, hosts: readonly Host[]): void {
    pool.on('connection', (connection) => this.#watch(connection));
    if (hosts.length > 1) this.#follow(pool, hosts);
    const getConnection = pool.getConnection.bind(pool);
    pool.getConnection = (done) => {
      // It ends, because every repetition has dropped a connection of the pool.
      const next = (): void => {
        const failure = this.#servers?.failure;
        if (failure) return done(failure);
        getConnection((error, connection) => {
          if (!error && connection) return this.#checkOut(connection, done, next);
          this.#servers?.suspect();
          done(error, connection);
        });
      };
      if (this.#servers) this.#servers.whenKnown(next);
      else next();
    };
  }

  #follow(pool: RawPool, hosts: readonly Host[]): void {
    const { connectionConfig } = pool.config;
    const { user, password, ssl } = connectionConfig;
    const servers = new WritableServer(hosts, { user, password, ssl }, (from) => this.#onMove(from));
    this.#servers = servers;
    connectionConfig.stream = servers.openSocket;
    const end = pool.end.bind(pool);
    pool.end = (done) => {
      servers.close();
      end(done);
    };
  }

  /** New connections lead to another server: those to the old one leave the pool. */
  #onMove(from: ServerState): void {
    this.#replacedAt = performance.now();
    for (const [connection, { isIdle }] of this.#connections) {
      if (isIdle) this.#drop(connection);
      // A server that does not answer never ends the running statement.
      else if (from === 'away') connection.stream.destroy(connectionLost());
    }
  }

  #watch(connection: RawConnection): void {
    const now = performance.now();
    const info: ConnectionInfo = {
      openedAt: now,
      checkedAt: -Infinity,
      releasedAt: now,
      isIdle: false,
      isReadOnly: false,
    };
    this.#connections.set(connection, info);
    connection.once('end', () => this.#connections.delete(connection));
    connection.once('error', () => {
      this.#connections.delete(connection);
      this.#servers?.suspect();
    });

    const query = connection.query.bind(connection);
    connection.query = (text, parameters, done) => {
      const answer: typeof done = (error, result) => {
        if (isReadOnlyError(error)) this.#onReadOnly(info);
        else if (!error && text === IS_READ_ONLY) this.#onCheck(info, result as object[]);
        done(error, result);
      };
      if (info.isReadOnly && BEGINS_WRITE.test(text)) return answer(readOnlyError());
      return query(text, parameters, answer);
    };

    const release = connection.release.bind(connection);
    connection.release = () => {
      if (this.#isReplaced(info)) return this.#drop(connection);
      info.isIdle = true;
      info.releasedAt = performance.now();
      release();
    };
  }

  /** Passes the connection to `done` when it is usable; else drops it and calls `next`. */
  #checkOut(connection: RawConnection, done: ConnectionCallback, next: () => void): void {
    const info = this.#connections.get(connection);
    if (!info) return done(null, connection);
    info.isIdle = false;
    if (this.#isReplaced(info) || performance.now() - info.releasedAt > MAX_IDLE_MS) {
      this.#drop(connection);
      return next();
    }
    if (performance.now() - info.checkedAt < CHECK_MS) return done(null, connection);
    const isNew = info.checkedAt === -Infinity;
    connection.query(IS_READ_ONLY, undefined, (error) => {
      // A new connection is used even when it is read-only: there is no better server, and reads continue.
      if (!error && (isNew || !this.#isReplaced(info))) return done(null, connection);
      this.#drop(connection);
      // The caller has sent no statement yet, so another connection can replace one that broke while it was idle.
      if (error && isNew) done(error, connection);
      else next();
    });
  }

  #onCheck(info: ConnectionInfo, rows: readonly object[]): void {
    const isNew = info.checkedAt === -Infinity;
    info.checkedAt = performance.now();
    info.isReadOnly = saysYes(rows);
    if (info.isReadOnly) {
      this.#onReadOnly(info);
      // It is the newest connection, however long its check took.
      if (isNew) info.openedAt = performance.now();
      return;
    }
    if (this.#isReadOnly && !this.#isReplaced(info)) {
      this.#isReadOnly = false;
      this.#logger.warn('the database accepts writes again');
    }
  }

  #onReadOnly(info: ConnectionInfo): void {
    if (!this.#isReplaced(info)) this.#servers?.suspect();
    const now = performance.now();
    const since = now - this.#replacedAt;
    if (this.#isReplaced(info) || since < this.#replaceMs) return;
    this.#replaceMs = since > 2 * REPLACE_MS ? REPLACE_SOON_MS : Math.min(2 * this.#replaceMs, REPLACE_MS);
    if (!this.#isReadOnly) this.#logger.warn('the database is read-only: replacing its connections');
    this.#isReadOnly = true;
    this.#replacedAt = now;
    for (const [connection, { isIdle }] of this.#connections) if (isIdle) this.#drop(connection);
  }

  #isReplaced({ openedAt }: ConnectionInfo): boolean {
    return openedAt < this.#replacedAt;
  }

  #drop(connection: RawConnection): void {
    this.#connections.delete(connection);
    connection.destroy();
    // Otherwise the socket would wait for the other side to close it, which a vanished host never does.
    connection.stream.destroy();
  }
}

function readOnlyError(): Error {
  return Object.assign(new ReadOnlyServer(), { errno: 1290, sqlState: 'HY000' });
}

function connectionLost(): Error {
  return Object.assign(new Error('the server of the database does not answer'), { code: 'ETIMEDOUT' });
}
