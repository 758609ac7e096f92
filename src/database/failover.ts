import type { Socket } from 'node:net';
import type { MikroORM } from '@mikro-orm/mysql';
import { Logger } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { isReadOnlyError } from './database-errors.js';

type Done = (error: unknown, result?: unknown) => void;

/** The part of mysql2's callback API that is used here. */
interface RawConnection {
  stream: Socket;
  once(event: 'end' | 'error', listener: () => void): void;
  query(sql: string, parameters: unknown, done: Done): unknown;
  release(): void;
  destroy(): void;
}
type Taken = (error: unknown, connection: RawConnection) => void;
interface RawPool {
  getConnection(done: Taken): void;
  on(event: 'connection', listener: (connection: RawConnection) => void): void;
}

/** What is known about a connection of the pool; times by `performance.now()`. */
interface Known {
  openedAt: number;
  checkedAt: number;
  isIdle: boolean;
}

// A connection is checked before its first use, and again after this time.
const CHECK_MS = 1_000;
// While no server accepts writes, connections are replaced this often and not for every request.
const REPLACE_MS = 1_000;

// A server with `read_only` refuses writes of most users; those of an administrator would be lost with the old primary.
// Each engine reads its own comment only.
const IS_READ_ONLY = `select @@global.read_only, @@global.innodb_read_only /*!80000 , @@global.super_read_only, @@session.transaction_read_only */ /*M!100100 , @@session.tx_read_only */`;

/** The server accepts reads only: a replica, or a primary before or after a failover. */
export class ReadOnlyServer extends Error {
  constructor() {
    super('the database server is read-only');
  }
}

/** True when the server accepts reads only. A pool that follows failovers then replaces its connections. */
export async function isReadOnly(db: Kysely<never>): Promise<boolean> {
  const { rows } = await sql.raw<object>(IS_READ_ONLY).execute(db);
  return saysReadOnly(rows);
}

/**
 * Follows a failover that leaves old connections open: the name of the database leads to another server, and the server of
 * the old connections is read-only. When one connection finds that out, by an error or by a check, every connection that was
 * open then leaves the pool: at once when it is idle, else when it is released. New connections go where the name leads.
 */
export async function followFailovers(orm: MikroORM): Promise<void> {
  const pool = (await orm.em.getConnection().getNativeClient()) as unknown as RawPool;
  new PoolWatch().start(pool);
}

class PoolWatch {
  readonly #logger = new Logger('database');
  readonly #connections = new Map<RawConnection, Known>();
  /** Connections that were opened before this time are not used again. */
  #replacedAt = -Infinity;
  #isReadOnly = false;

  start(pool: RawPool): void {
    pool.on('connection', (connection) => this.#watch(connection));
    const getConnection = pool.getConnection.bind(pool);
    pool.getConnection = (done) => {
      // It ends: each time a connection that was open before has left the pool.
      const next = (): void =>
        getConnection((error, connection) => {
          if (error) done(error, connection);
          else this.#take(connection, done, next);
        });
      next();
    };
  }

  #watch(connection: RawConnection): void {
    const known: Known = { openedAt: performance.now(), checkedAt: -Infinity, isIdle: false };
    this.#connections.set(connection, known);
    connection.once('end', () => this.#connections.delete(connection));
    connection.once('error', () => this.#connections.delete(connection));

    const query = connection.query.bind(connection);
    connection.query = (text, parameters, done) =>
      query(text, parameters, (error, result) => {
        if (isReadOnlyError(error)) this.#findReadOnly(known);
        else if (!error && text === IS_READ_ONLY) this.#noteCheck(known, result as object[]);
        done(error, result);
      });

    const release = connection.release.bind(connection);
    connection.release = () => {
      if (this.#isReplaced(known)) return this.#drop(connection);
      known.isIdle = true;
      release();
    };
  }

  /** Gives the connection to `done` when it may be used; else drops it and calls `next`. */
  #take(connection: RawConnection, done: Taken, next: () => void): void {
    const known = this.#connections.get(connection);
    if (!known) return done(null, connection);
    known.isIdle = false;
    if (this.#isReplaced(known)) {
      this.#drop(connection);
      return next();
    }
    if (performance.now() - known.checkedAt < CHECK_MS) return done(null, connection);
    const isNew = known.checkedAt === -Infinity;
    connection.query(IS_READ_ONLY, undefined, (error) => {
      // A new connection is used even when it is read-only: there is no better server, and reads go on.
      if (!error && (isNew || !this.#isReplaced(known))) return done(null, connection);
      this.#drop(connection);
      // The caller has sent nothing yet: another connection may take the place of one that broke while it was idle.
      if (error && isNew) done(error, connection);
      else next();
    });
  }

  #noteCheck(known: Known, rows: readonly object[]): void {
    const isNew = known.checkedAt === -Infinity;
    known.checkedAt = performance.now();
    if (saysReadOnly(rows)) {
      this.#findReadOnly(known);
      // However long its check took, it is the newest connection.
      if (isNew) known.openedAt = performance.now();
      return;
    }
    if (this.#isReadOnly && !this.#isReplaced(known)) {
      this.#isReadOnly = false;
      this.#logger.warn('the database accepts writes again');
    }
  }

  #findReadOnly(known: Known): void {
    const now = performance.now();
    if (this.#isReplaced(known) || now - this.#replacedAt < REPLACE_MS) return;
    if (!this.#isReadOnly) this.#logger.warn('the database is read-only: its connections are replaced');
    this.#isReadOnly = true;
    this.#replacedAt = now;
    for (const [connection, { isIdle }] of this.#connections) if (isIdle) this.#drop(connection);
  }

  #isReplaced({ openedAt }: Known): boolean {
    return openedAt < this.#replacedAt;
  }

  #drop(connection: RawConnection): void {
    this.#connections.delete(connection);
    connection.destroy();
    // Without this the socket waits for the other side to close, which a host that has vanished never does.
    connection.stream.destroy();
  }
}

function saysReadOnly([row]: readonly object[]): boolean {
  // A number; from MariaDB 12 on a word.
  return Object.values(row ?? {}).some((value) => !['0', 'OFF'].includes(String(value)));
}
