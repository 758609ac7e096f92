import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { documentFields } from './fields.js';
import { InvalidParameters, Problem, problemFor } from './problem.js';

interface OperationOptions {
  summary: string;
  description?: string;
  input: Type<object>;
  /** The success: its status is the one that is sent. */
  ok: Success;
  /** Another success, which the handler sends itself. */
  or?: Success;
  /** What can go wrong beside the answers that every operation may give. */
  problems: readonly (keyof typeof PROBLEMS)[];
}
interface Success {
  status: 200 | 201 | 204;
  /** Of a JSON body; 204 has none. */
  type?: Type<object>;
  /** Of a body that is no JSON. */
  contentType?: string;
  description: string;
  headers?: ResponseHeaders;
}
type ResponseHeaders = Record<string, { description: string; schema: { type: 'string' | 'integer' } }>;

const PROBLEMS = {
  400: 'A parameter is malformed, unknown or given twice. All faults are listed in `errors`.',
  401: 'There is no good access token, or what was given instead is wrong.',
  403: 'The caller has signed in, but is not staff.',
  404: 'There is no such resource, or the caller may not see it.',
  409: 'It would be the second of what there is only one of.',
  412: 'It has changed: `If-Match` names another state of it. Nothing was done.',
  413: 'The body is larger than 1 MB.',
  415: 'The body is not `application/json`.',
  422: 'The body is well-formed but breaks a rule. All faults are listed in `errors`.',
} as const;

const ALWAYS = {
  406: 'The `Accept` header allows nothing that can be given.',
  429: 'Too many requests; `Retry-After` says when to come back.',
  500: 'A fault on our side. Quote the `requestId`.',
  503: 'The database is away or too slow; nothing was changed. Try again.',
} as const;

const text = (description: string) => ({ description, schema: { type: 'string' as const } });

const COMMON_HEADERS: ResponseHeaders = {
  'X-Request-Id': text('The id of this request, as in the log; the caller’s own when one was sent.'),
  RateLimit: text('What is left, e.g. `"default";r=599;t=60` (IETF draft).'),
  'RateLimit-Policy': text('The limit, e.g. `"default";q=600;w=60` (IETF draft).'),
};

/** Says all that a generated client must know of an operation; the method's name is its `operationId`. */
export function Operation({
  summary,
  description,
  input,
  ok,
  or,
  problems,
}: OperationOptions): MethodDecorator {
  const answers: Record<number, string> = { ...ALWAYS };
  for (const status of problems) answers[status] = PROBLEMS[status];
  return applyDecorators(
    HttpCode(ok.status),
    ApiOperation({ summary, description }),
    ApiProduces(ok.contentType ?? 'application/json'),
    ...documentFields(input),
    ...[ok, ...(or ? [or] : [])].map(({ status, type, contentType, description: sentence, headers }) =>
      ApiResponse({
        status,
        ...(contentType ? { content: { [contentType]: { schema: { type: 'string' } } } } : { type }),
        description: sentence,
        headers: { ...COMMON_HEADERS, ...headers },
      }),
    ),
    ...Object.entries(answers).map(([status, sentence]) =>
      ApiResponse({
        status: Number(status),
        description: sentence,
        headers: { ...COMMON_HEADERS, ...(['429', '503'].includes(status) && RETRY_AFTER) },
        content: {
          'application/problem+json': {
            schema: { $ref: getSchemaPath(Problem) },
            example: exampleOf(Number(status)),
          },
        },
      }),
    ),
  );
}

const RETRY_AFTER: ResponseHeaders = {
  'Retry-After': { description: 'Seconds until it is worth another try.', schema: { type: 'integer' } },
};

function exampleOf(status: number): Problem {
  const faults = [{ field: 'minPrice', message: 'must be a whole number from 0 to 9007199254740991' }];
  const problem = status === 400 ? new InvalidParameters(faults) : problemFor(status);
  return Problem.from(problem, { originalUrl: '/v1/properties', id: '0b9c6f9e-6ff3-4f4c-a4a9-0c4e5a1f2d11' });
}

/** What every GET that gives JSON can do beside, see conditional-requests.ts. */
export const CONDITIONAL = {
  headers: { ETag: text('For `If-None-Match`.') },
  notModified: { description: 'What the caller has (`If-None-Match`) is current.' },
};

export const ETAG_HEADER: ResponseHeaders = { ETag: text('For `If-Match`.') };

export const COOKIE_HEADER: ResponseHeaders = {
  'Set-Cookie': text('HttpOnly, SameSite=Strict, and Secure but on one’s own machine.'),
};

export const LOCATION_HEADER: ResponseHeaders = {
  Location: text('Where it is, relative to the address of the request.'),
};

export const LINK_HEADER: ResponseHeaders = {
  Link: text(
    '`<?…>; rel="next"` while there is a next page (RFC 8288), relative to the address of the request.',
  ),
};
