import { ProblemError, problemFor } from '../http/problem.js';
import { isPrimaryChange, isReadOnlyError, isStatementTimeout, isUnavailable } from './server-errors.js';

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
  // DATABASE_TLS: the server has no TLS, or another certificate.
  'HANDSHAKE_NO_SSL_SUPPORT',
  'HANDSHAKE_SSL_ERROR',
]);

/** The database cannot answer the request within the time limit of a request. */
export class TookTooLong extends ProblemError {
  constructor({ cause, retryAfterSeconds }: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    const headers = retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) };
    super('too-demanding', { cause, ...(headers && { headers }) });
  }
}

/** The database accepts reads only, for example during a failover. */
class ReadOnlyDatabase extends ProblemError {
  constructor(cause?: unknown) {
    super('read-only', { cause });
  }
}

/** @returns the 503 for a database that is away, refuses the service or is not migrated; undefined for every other error */
export function databaseProblem(error: unknown): ProblemError | undefined {
  // These are about the request: a client that hangs up also causes ECONNRESET.
  if (error instanceof ProblemError) return undefined;
  if (typeof (error as { statusCode?: unknown } | null)?.statusCode === 'number') return undefined;
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    const { code = '', message = '' } = cause as { code?: string; message?: string };
    if (isStatementTimeout(cause)) return new TookTooLong({ cause: error });
    if (isReadOnlyError(cause) || isPrimaryChange(cause)) return new ReadOnlyDatabase(error);
    const isLost = message === 'Queue limit reached.' || /closed state|Connection lost/i.test(message);
    if (NETWORK_CODES.has(code) || isUnavailable(cause) || isLost) return problemFor(503, { cause: error });
  }
  return undefined;
}
