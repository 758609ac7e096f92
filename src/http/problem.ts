import { Int, List, Text, Word } from './answer-fields.js';
import { STATUS_CODES } from 'node:http';
import {
  PROBLEM_TYPE_NAMES,
  PROBLEM_TYPES,
  type ProblemType,
  type ProblemTypeInfo,
  problemUri,
} from './problem-types.js';

/** An error of one parameter or body field. */
export class Fault {
  @Text({ maxLength: 200, example: 'minPrice' })
  field: string;

  /** Follows the field's name: "must be …". */
  @Text({ maxLength: 10_000, example: 'must be a whole number from 0 to 9007199254740991' })
  message: string;
}

interface ProblemOptions {
  /** In place of the text of the type. */
  detail?: string;
  errors?: readonly Fault[];
  headers?: Readonly<Record<string, string>>;
  /** Only logged. */
  cause?: unknown;
}

/** An error that is shown to the caller: a problem type and, for bad input, all faults. */
export class ProblemError extends Error {
  readonly status: number;
  readonly detail: string;
  readonly options: ProblemOptions;

  constructor(
    readonly type: ProblemType,
    { headers, ...options }: ProblemOptions = {},
  ) {
    const { status, detail, retryAfter }: ProblemTypeInfo = PROBLEM_TYPES[type];
    super(options.detail ?? detail, { cause: options.cause });
    this.status = status;
    this.detail = this.message;
    const retry = retryAfter !== undefined && { 'retry-after': String(retryAfter) };
    this.options = { ...options, headers: { ...retry, ...headers } };
  }
}

// Bounds the size of the answer: a caller may send many unknown fields with long names.
const MAX_FAULTS = 100;
const MAX_FIELD_LENGTH = 200;

const shortened = (errors: readonly Fault[]): Fault[] =>
  errors.slice(0, MAX_FAULTS).map(({ field, message }) => ({
    field:
      field.length > MAX_FIELD_LENGTH ? `${field.slice(0, MAX_FIELD_LENGTH - 1).toWellFormed()}…` : field,
    message,
  }));

export class InvalidParameters extends ProblemError {
  constructor(errors: readonly Fault[]) {
    super('invalid-parameters', { errors: shortened(errors) });
  }
}

export class InvalidBody extends ProblemError {
  constructor(errors: readonly Fault[]) {
    super('invalid-body', { errors: shortened(errors) });
  }
}

// The problem types of errors of Fastify, Nest and the router. Messages of libraries are never sent.
const TYPE_BY_STATUS: Readonly<Record<number, ProblemType>> = {
  400: 'malformed-request',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  431: 'headers-too-large',
  500: 'internal-error',
  503: 'unavailable',
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
  const fallback = status >= 400 && status < 500 ? 'malformed-request' : 'internal-error';
  return new ProblemError(TYPE_BY_STATUS[status] ?? fallback, options);
}

/** RFC 9457 problem details: the body of every answer with status 400 and above. */
export class Problem {
  @Word({
    words: PROBLEM_TYPE_NAMES.map(problemUri),
    description: 'The kind of problem. A later version may add some.',
    example: 'urn:problem:invalid-parameters',
  })
  type: string;

  @Text({ maxLength: 50, example: 'Bad Request' })
  title: string;

  @Int({ min: 400, max: 599, example: 400 })
  status: number;

  @Text({ maxLength: 500, example: 'The request has parameters that are malformed or unknown.' })
  detail: string;

  @Text({ maxLength: 20_000, description: 'The requested path.', example: '/v1/properties' })
  instance: string;

  @Text({
    maxLength: 128,
    description: 'The X-Request-Id of this request.',
    example: '0b9c6f9e',
  })
  requestId: string;

  @List(Fault, { maxItems: 100, optional: true, description: 'All faults of the input.' })
  errors?: readonly Fault[];

  static from(error: ProblemError, request: { originalUrl: string; id: string }): Problem {
    return {
      type: problemUri(error.type),
      title: STATUS_CODES[error.status] ?? 'Error',
      status: error.status,
      detail: error.detail,
      instance: request.originalUrl.split('?', 1)[0] ?? '',
      requestId: request.id,
      ...(error.options.errors && { errors: error.options.errors }),
    };
  }
}
