import type { LambdaResponse } from '@fastify/aws-lambda';
import type { LightMyRequestResponse } from 'fastify';
import { Problem, problemFor } from '../http/problem.js';

/** Lambda refuses a longer answer. It counts the JSON of the whole answer. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024;
/** A shorter body fits, even when each byte is escaped as \u00xx. */
const SURELY_FITS = MAX_ANSWER_BYTES / 6 - 64 * 1024;
const TEXT = /^text\/|[/+](?:json|yaml|javascript|xml)\b/;

/** Whether the body must travel in base64. */
export function isBinary({ headers }: LightMyRequestResponse): boolean {
  return headers['content-encoding'] !== undefined || !TEXT.test(String(headers['content-type'] ?? 'text/'));
}

/** Replaces an answer that is too long for Lambda by a problem that says how to get it. */
export function fitAnswer(path: string, answer: LambdaResponse): LambdaResponse {
  if (answer.body.length <= SURELY_FITS) return answer;
  if (Buffer.byteLength(JSON.stringify(answer)) <= MAX_ANSWER_BYTES) return answer;
  const id = String(answer.headers?.['x-request-id']);
  const detail = 'The answer is larger than 6 MB. Send Accept-Encoding: gzip, or ask for less.';
  return {
    statusCode: 406,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'x-request-id': id },
    body: JSON.stringify({ ...Problem.from(problemFor(406), { originalUrl: path, id }), detail }),
    isBase64Encoded: false,
  };
}
