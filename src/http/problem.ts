import { STATUS_CODES } from 'node:http';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';

export interface Fault {
  /** The parameter or body field. */
  field: string;
  /** What it must be, a sentence that follows the field's name. */
  message: string;
}

/**
 * An error that a caller may read: a code that programs can rely on, a sentence for people, and for bad input
 * every fault at once. The cause, if any, is for the log only.
 */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly options: {
      errors?: readonly Fault[];
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
  }
}

// Nobody reads more, and the answer must not be larger than the request.
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

// The answers to what Fastify, Nest and the router refuse: by status, in our words, so that no library text gets out.
const BY_STATUS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['malformed-request', 'The request could not be understood.'],
  404: ['not-found', 'There is nothing at this address.'],
  405: [
    'method-not-allowed',
    'This address does not support the method; the Allow header lists those it does.',
  ],
  406: ['not-acceptable', 'None of the media types in the Accept header can be given; application/json can.'],
  408: ['request-timeout', 'The request did not arrive in time.'],
  412: ['precondition-failed', 'It has changed since: If-Match names another state of it.'],
  413: ['body-too-large', 'The body is larger than 1 MB.'],
  415: ['unsupported-media-type', 'The body must be application/json.'],
  429: ['too-many-requests', 'Too many requests; the Retry-After header says when to come back.'],
  431: ['headers-too-large', 'The request line or its headers are too large.'],
  500: ['internal-error', 'Something went wrong on our side. Quote the request id when you report it.'],
  503: ['unavailable', 'The service can not answer right now. Try again in a moment.'],
};

/** Any error as a problem that may be shown; what is not known becomes a 500 without a word about its cause. */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { statusCode, status, code } = error as { statusCode?: number; status?: number; code?: string };
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return problemFor(400, error, [{ field: 'body', message: 'is not well-formed JSON' }]);
  }
  return problemFor(statusCode ?? status ?? 500, error);
}

/** The problem that stands for an HTTP status. */
export function problemFor(status: number, cause?: unknown, errors?: readonly Fault[]): ProblemError {
  const known = BY_STATUS[status];
  if (known) {
    const headers = status === 503 ? { 'retry-after': '5' } : undefined;
    return new ProblemError(status, known[0], known[1], { cause, errors, headers });
  }
  return problemFor(status >= 400 && status < 500 ? 400 : 500, cause, errors);
}

@ApiSchema({ name: 'Fault' })
class FaultDto implements Fault {
  @ApiProperty({ example: 'minPrice' })
  field: string;

  @ApiProperty({ example: 'must be a whole number from 0 to 9007199254740991' })
  message: string;
}

/** RFC 9457 problem details, the body of every answer from 400 up. */
export class Problem {
  @ApiProperty({
    description: 'What kind of problem it is; stable.',
    example: 'urn:problem:invalid-parameters',
  })
  type: string;

  @ApiProperty({ example: 'Bad Request' })
  title: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status: number;

  @ApiProperty({ example: 'The request has parameters that are malformed or unknown.' })
  detail: string;

  @ApiProperty({ description: 'The path that was asked for.', example: '/v1/properties' })
  instance: string;

  @ApiProperty({
    description: 'The X-Request-Id of this request.',
    example: '0b9c6f9e-6ff3-4f4c-a4a9-0c4e5a1f2d11',
  })
  requestId: string;

  @ApiProperty({ type: [FaultDto], required: false, description: 'All the faults of bad input at once.' })
  errors?: readonly FaultDto[];

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
