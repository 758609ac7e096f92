import { ProblemError, problemFor } from '../http/problem.js';

// By code where the network or the pool speaks, by number where the server does (mysql2's names for MariaDB's
// numbers can be wrong).
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
]);
const SERVER_ERRORS = new Set([
  // too many connections, or too many by this user or host
  1040, 1129, 1203, 1226,
  // access denied, account locked, password expired, host not allowed
  1044, 1045, 1130, 1142, 1143, 1698, 1820, 1862, 3118, 4151,
  // no such database, table or column: it is not migrated
  1049, 1054, 1146,
  // shutting down, offline, the client was idle for too long
  1053, 3032, 4031,
  // the statement or its connection was killed
  1317, 1927, 3169,
  // a lock was not to be had, or others were quicker, in the last of several tries
  1205, 1213, 1020, 3101,
]);

// The server accepts reads only: read_only and super_read_only; a read-only transaction; InnoDB's read-only mode; a
// member of a replication group that may not write. Nothing of the statement or its transaction has happened.
const READ_ONLY = new Set([1290, 1792, 1836, 3100]);

// While a replication group changes its primary, the old one is not read-only yet, but refuses to write to tables with foreign
// keys that cascade.
const PRIMARY_CHANGES = 3098;

// max_statement_time (MariaDB), max_execution_time (MySQL)
const TOO_LONG = new Set([1969, 3024]);

/** A request that asks for more than the database can find in the time that a request has. */
export class TookTooLong extends ProblemError {
  constructor(cause?: unknown) {
    super(
      503,
      'too-demanding',
      'This takes the database too long. Narrow the search, or try again in a moment.',
      {
        cause,
        headers: { 'retry-after': '5' },
      },
    );
  }
}

/** The database answers, but accepts no writes, such as during a failover. */
class ReadOnlyDatabase extends ProblemError {
  constructor(cause?: unknown) {
    super(503, 'read-only', 'Nothing can be written at the moment; reading goes on. Try again in a moment.', {
      cause,
      headers: { 'retry-after': '5' },
    });
  }
}

/** True when the server refused a write because it accepts reads only. */
export function isReadOnlyError(error: unknown): boolean {
  return READ_ONLY.has((error as { errno?: number } | null)?.errno ?? 0);
}

/** True when the server refused a write because its group is changing the primary, which takes a moment. */
export function isPrimaryChangeError(error: unknown): boolean {
  return (error as { errno?: number } | null)?.errno === PRIMARY_CHANGES;
}

/** @returns the 503 that stands for a database that is away, refuses us or is not migrated; undefined for the rest. */
export function databaseProblem(error: unknown): ProblemError | undefined {
  // What has a status is about the request: a client that hangs up resets a connection, too.
  if (typeof (error as { statusCode?: unknown } | null)?.statusCode === 'number') return undefined;
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    const {
      code = '',
      errno = 0,
      message = '',
    } = cause as { code?: string; errno?: number; message?: string };
    if (TOO_LONG.has(errno)) return new TookTooLong(error);
    if (READ_ONLY.has(errno) || errno === PRIMARY_CHANGES) return new ReadOnlyDatabase(error);
    const lost = message === 'Queue limit reached.' || /closed state|Connection lost/i.test(message);
    if (NETWORK_CODES.has(code) || SERVER_ERRORS.has(errno) || lost) return problemFor(503, error);
  }
  return undefined;
}
