import { type ProblemError, problemFor } from '../http/problem.js';

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
  1040, // too many connections
  1044,
  1045, // access denied
  1049, // no such database
  1053, // shutdown in progress
  1146,
  1054, // no such table or column: migrations are missing
  1290, // read-only: a failover is under way
  1927,
  3169, // connection killed
]);

/** @returns the 503 that stands for a database that is away, refuses us or is not migrated; undefined for the rest. */
export function databaseProblem(error: unknown): ProblemError | undefined {
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    const {
      code = '',
      errno = 0,
      message = '',
    } = cause as { code?: string; errno?: number; message?: string };
    const lost = message === 'Queue limit reached.' || /closed state|Connection lost/i.test(message);
    if (NETWORK_CODES.has(code) || SERVER_ERRORS.has(errno) || lost) return problemFor(503, error);
  }
  return undefined;
}
