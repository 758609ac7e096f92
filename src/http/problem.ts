import { STATUS_CODES } from 'node:http';
import { ApiProperty } from '@nestjs/swagger';

/** An error of one parameter or body field. */
export class Fault {
  @ApiProperty({ example: 'minPrice' })
  field: string;

  /** Follows the field's name: "must be …". */
  @ApiProperty({ example: 'must be a whole number from 0 to 9007199254740991' })
  message: string;
}

interface ProblemOptions {
  errors?: readonly Fault[];
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/**
 * An error that is shown to the caller: a stable code, a sentence (`detail`) and, for bad input, all faults. The cause is
 * only logged.
 */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
  }
}

const RETRY_SOON = { 'retry-after': '5' };

/** A 503 that asks the caller to try again in 5 seconds. */
export class Unavailable extends ProblemError {
  constructor(code: string, detail: string, cause?: unknown) {
    super(503, code, detail, { cause, headers: RETRY_SOON });
  }
}

// Bounds the size of the answer.
const MAX_FAULTS = 100;

export class InvalidParameters extends ProblemError {
  constructor(errors: readonly Fault[]) {
    super(400, 'invalid-parameters', 'The request has parameters that are malformed or unknown.', {
      errors: errors.slice(0, MAX_FAULTS),
    });
  }
}

export class InvalidBody extends ProblemError {
  constructor(errors: readonly Fault[]) {
    super(422, 'invalid-body', 'The body is well-formed but breaks a rule or has an unknown field.', {
      errors: errors.slice(0, MAX_FAULTS),
    });
  }
}

// Code and sentence for errors of Fastify, Nest and the router, by status. Messages of libraries are never sent.
const PROBLEM_BY_STATUS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['malformed-request', 'The request could not be understood.'],
  404: ['not-found', 'There is nothing at this address.'],
  405: [
    'method-not-allowed',
    'This address does not support the method; the Allow header lists the supported methods.',
  ],
  406: [
    'not-acceptable',
    'The service has none of the media types in the Accept header; it has application/json.',
  ],
  408: ['request-timeout', 'The request did not arrive in time.'],
  412: ['precondition-failed', 'The resource has changed: If-Match does not contain its current ETag.'],
  413: ['body-too-large', 'The body is larger than 1 MB.'],
  415: ['unsupported-media-type', 'The body must be application/json.'],
  429: ['too-many-requests', 'Too many requests; the Retry-After header gives the seconds to wait.'],
  431: ['headers-too-large', 'The request line or its headers are too large.'],
  500: ['internal-error', 'An internal error occurred. Quote the request id when you report it.'],
  503: ['unavailable', 'The service cannot answer right now. Try again in a moment.'],
};

/** Turns any error into a problem. An unknown error becomes a 500 that does not mention its cause. */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { statusCode, status, code } = error as { statusCode?: number; status?: number; code?: string };
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    const errors = [{ field: 'body', message: 'is not well-formed JSON' }];
    return problemFor(400, { cause: error, errors });
  }
  return problemFor(statusCode ?? status ?? 500, { cause: error });
}

/** The problem for an HTTP status; an unlisted status becomes 400 or 500. */
export function problemFor(status: number, options: ProblemOptions = {}): ProblemError {
  const known = PROBLEM_BY_STATUS[status];
  if (!known) return problemFor(status >= 400 && status < 500 ? 400 : 500, options);
  return new ProblemError(status, ...known, { ...(status === 503 && { headers: RETRY_SOON }), ...options });
}

/** RFC 9457 problem details: the body of every answer with status 400 and above. */
export class Problem {
  @ApiProperty({
    description: 'Stable identifier of the kind of problem.',
    example: 'urn:problem:invalid-parameters',
  })
  type: string;

  @ApiProperty({ example: 'Bad Request' })
  title: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status: number;

  @ApiProperty({ example: 'The request has parameters that are malformed or unknown.' })
  detail: string;

  @ApiProperty({ description: 'The requested path.', example: '/v1/properties' })
  instance: string;

  @ApiProperty({
    description: 'The X-Request-Id of this request.',
    example: '0b9c6f9e-6ff3-4f4c-a4a9-0c4e5a1f2d11',
  })
  requestId: string;

  @ApiProperty({ type: [Fault], required: false, description: 'All faults of the input.' })
  errors?: readonly Fault[];

  static from(error: ProblemError, request: { originalUrl: string; id: string }): Problem {
    return {
      type: `urn:problem:${error.code}`,
      title: STATUS_CODES[error.status] ?? 'Error',
      status: error.status,
      detail: error.detail,
      instance: request.originalUrl.split('?', 1)[0] ?? '',
      requestId: request.id,
      ...(error.options.errors && { errors: error.options.errors }),
    };
  }
}
