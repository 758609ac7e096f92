import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import { documentParameters } from './field.js';
import { inputClassOf } from './input.js';
import type { ProblemType } from './problem-types.js';
import { headerRefs, type ResponseHeader } from './response-headers.js';

interface OperationOptions {
  summary: string;
  description?: string;
  /** The success whose status is sent by default. */
  ok: Success;
  /** Another success; the handler sets its status. */
  or?: Success;
  /** Problem types of this operation, beside those that follow from its access, method and body (see problemTypesOf()). */
  problems?: readonly ProblemType[];
}
interface Success {
  status: 200 | 201 | 202 | 204;
  /** Class of the JSON body; absent for 204. */
  type?: Type<object>;
  /** Content type of a body that is not JSON. */
  contentType?: string;
  description: string;
  headers?: readonly ResponseHeader[];
}

/** The extension in which the problem types wait until openapi.ts writes the responses. */
export const PROBLEMS_EXTENSION = 'x-problems';

/** Documents an operation completely in OpenAPI. The method's name is its `operationId`. */
export function Operation({
  summary,
  description,
  ok,
  or,
  problems = [],
}: OperationOptions): MethodDecorator {
  const document = applyDecorators(
    HttpCode(ok.status),
    ApiOperation({ summary, description }),
    ApiProduces(ok.contentType ?? 'application/json'),
    ApiExtension(PROBLEMS_EXTENSION, problems),
    ...[ok, ...(or ? [or] : [])].map(({ status, type, contentType, description: sentence, headers = [] }) =>
      ApiResponse({
        status,
        ...(contentType ? { content: { [contentType]: { schema: { type: 'string' } } } } : { type }),
        description: sentence,
        headers: headerRefs(headers),
      }),
    ),
  );
  return (target, handler, descriptor) => {
    for (const decorate of [document, ...documentParameters(inputClassOf(target, handler))])
      decorate(target, handler, descriptor);
  };
}
