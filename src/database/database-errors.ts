import { ProblemError, problemFor } from '../http/problem.js';

// Errors of the network and the pool have a code. Errors of the server are told apart by number, because mysql2 names some of
// MariaDB's numbers wrongly.
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
  // no such database, table or column: the database is not migrated
  1049, 1054, 1146,
  // shutting down, offline, connection closed after idle time
  1053, 3032, 4031,
  // the statement or its connection was killed
  1317, 1927, 3169,
  // lock-wait timeout, or a conflict with another transaction in the last retry
  1205, 1213, 1020, 3101,
]);

// The server accepts reads only: read_only or super_read_only, a read-only transaction, InnoDB's read-only mode, or a member of a
// replication group that may not write. The statement changed nothing.
const READ_ONLY = new Set([1290, 1792, 1836, 3100]);

// While a replication group changes its primary, the old primary is not read-only yet, but refuses writes to tables with
// cascading foreign keys.
const PRIMARY_CHANGES = 3098;

// max_statement_time (MariaDB), max_execution_time (MySQL)
const STATEMENT_TIMEOUT = new Set([1969, 3024]);

/** The database cannot answer the request within the time limit of a request. */
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

/** The database accepts reads only, for example during a failover. */
class ReadOnlyDatabase extends ProblemError {
  constructor(cause?: unknown) {
    super(
      503,
      'read-only',
      'The service cannot write at the moment; reads still work. Try again in a moment.',
      {
        cause,
        headers: { 'retry-after': '5' },
      },
    );
  }
}

/** True when the server refused a write because it accepts reads only. */
export function isReadOnlyError(error: unknown): boolean {
  return READ_ONLY.has((error as { errno?: number } | null)?.errno ?? 0);
}

/** True when the server refused a write because its replication group is changing the primary, which takes a moment. */
export function isPrimaryChangeError(error: unknown): boolean {
  return (error as { errno?: number } | null)?.errno === PRIMARY_CHANGES;
}

/** True when the server stopped a statement that exceeded the time limit. Its connection and its transaction go on. */
export function isStatementTimeout(error: unknown): boolean {
  return STATEMENT_TIMEOUT.has((error as { errno?: number } | null)?.errno ?? 0);
}

/**
 * True when the server refused one statement, and other statements on the same connection can succeed. False when the connection
 * or the server is the problem, and for every error that is not the server's.
 */
export function isStatementError(error: unknown): boolean {
  const { sqlState, fatal } = error as { sqlState?: string; fatal?: boolean };
  return sqlState !== undefined && !fatal && !isReadOnlyError(error) && !isPrimaryChangeError(error);
}

/** @returns the 503 for a database that is away, refuses the service or is not migrated; undefined for every other error */
export function databaseProblem(error: unknown): ProblemError | undefined {
  // An error with an HTTP status is about the request: a client that hangs up also causes ECONNRESET.
  if (typeof (error as { statusCode?: unknown } | null)?.statusCode === 'number') return undefined;
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    const {
      code = '',
      errno = 0,
      message = '',
    } = cause as { code?: string; errno?: number; message?: string };
    if (STATEMENT_TIMEOUT.has(errno)) return new TookTooLong(error);
    if (READ_ONLY.has(errno) || errno === PRIMARY_CHANGES) return new ReadOnlyDatabase(error);
    const isLost = message === 'Queue limit reached.' || /closed state|Connection lost/i.test(message);
    if (NETWORK_CODES.has(code) || SERVER_ERRORS.has(errno) || isLost) return problemFor(503, error);
  }
  return undefined;
}
