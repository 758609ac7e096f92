import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';

/**
 * An `onSend` hook: an ETag for every JSON that a GET under /v1 gives, and 304 when the caller has it already.
 * The tag is a hash of the bytes, so it is strong and changes with every change that shows, however fast they
 * follow each other.
 */
export function answerConditionally(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  const readsResource = request.method === 'GET' || request.method === 'HEAD';
  if (
    !readsResource ||
    reply.statusCode !== 200 ||
    typeof payload !== 'string' ||
    !request.url.startsWith('/v1/')
  ) {
    done(null, payload);
    return;
  }
  const etag = `"${hash('sha1', payload, 'base64url')}"`;
  reply.header('etag', etag);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'public, no-cache');
  if (request.headers['if-none-match'] !== undefined && fresh(request.headers, { etag })) {
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, null);
    return;
  }
  done(null, payload);
}
