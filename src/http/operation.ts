import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { documentParameters } from './field.js';
import { inputClassOf } from './input.js';
import { InvalidParameters, Problem, problemFor } from './problem.js';

interface OperationOptions {
  summary: string;
  description?: string;
  /** The success whose status is sent by default. */
  ok: Success;
  /** Another success; the handler sets its status. */
  or?: Success;
  /** Error statuses of this operation, beside those that every operation may have. */
  problems: readonly (keyof typeof PROBLEMS)[];
}
interface Success {
  status: 200 | 201 | 204;
  /** Class of the JSON body; absent for 204. */
  type?: Type<object>;
  /** Content type of a body that is not JSON. */
  contentType?: string;
  description: string;
  headers?: ResponseHeaders;
}
type ResponseHeaders = Record<string, { description: string; schema: { type: 'string' | 'integer' } }>;

const PROBLEMS = {
  400: 'A parameter is malformed, unknown or given twice. All faults are listed in `errors`.',
  401: 'The access token or the credentials are missing, invalid or expired.',
  403: 'The caller is signed in but is not staff.',
  404: 'The resource does not exist, or the caller may not see it.',
  409: 'A value that must be unique is already taken.',
  412: 'The resource has changed: `If-Match` does not contain its current ETag. Nothing was changed.',
  413: 'The body is larger than 1 MB.',
  415: 'The body is not `application/json`.',
  422: 'The body is well-formed but breaks a rule. All faults are listed in `errors`.',
} as const;

const COMMON_PROBLEMS = {
  406: 'The service has none of the media types in the `Accept` header.',
  429: 'Too many requests; `Retry-After` gives the seconds to wait.',
  500: 'An error of the service. Quote the `requestId` when you report it.',
  503: 'The database is unavailable or too slow; nothing was changed. Try again.',
} as const;

const text = (description: string) => ({ description, schema: { type: 'string' as const } });

const COMMON_HEADERS: ResponseHeaders = {
  'X-Request-Id': text('The id of this request in the log: the one that the caller sent, or a new one.'),
  RateLimit: text('The remaining requests, e.g. `"default";r=599;t=60` (IETF draft).'),
  'RateLimit-Policy': text('The limit, e.g. `"default";q=600;w=60` (IETF draft).'),
};

/** Documents an operation completely in OpenAPI. The method's name is its `operationId`. */
export function Operation({ summary, description, ok, or, problems }: OperationOptions): MethodDecorator {
  const answers: Record<number, string> = { ...COMMON_PROBLEMS };
  for (const status of problems) answers[status] = PROBLEMS[status];
  const document = applyDecorators(
    HttpCode(ok.status),
    ApiOperation({ summary, description }),
    ApiProduces(ok.contentType ?? 'application/json'),
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
  return (target, handler, descriptor) => {
    for (const decorate of [document, ...documentParameters(inputClassOf(target, handler))])
      decorate(target, handler, descriptor);
  };
}

const RETRY_AFTER: ResponseHeaders = {
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
};

function exampleOf(status: number): Problem {
  const faults = [{ field: 'minPrice', message: 'must be a whole number from 0 to 9007199254740991' }];
  const problem = status === 400 ? new InvalidParameters(faults) : problemFor(status);
  return Problem.from(problem, { originalUrl: '/v1/properties', id: '0b9c6f9e-6ff3-4f4c-a4a9-0c4e5a1f2d11' });
}

/** Documents what conditional-requests.ts adds to every GET with a JSON answer. */
export const CONDITIONAL = {
  headers: { ETag: text('For `If-None-Match`.') },
  notModified: { description: 'The content with the ETag in `If-None-Match` is current.' },
};

export const ETAG_HEADER: ResponseHeaders = { ETag: text('For `If-Match`.') };

export const COOKIE_HEADER: ResponseHeaders = {
  'Set-Cookie': text('HttpOnly, SameSite=Strict, and Secure except on `localhost` without TLS.'),
};

export const LOCATION_HEADER: ResponseHeaders = {
  Location: text('Address of the new resource, relative to the address of the request.'),
};

export const LINK_HEADER: ResponseHeaders = {
  Link: text(
    '`<?…>; rel="next"` while there is a next page (RFC 8288), relative to the address of the request.',
  ),
};
