import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';

/** What stands for these bytes, strong: a hash of them. It changes with every change that shows, however fast they follow. */
export function etagOf(payload: string | Buffer): string {
  return `"${hash('sha1', payload, 'base64url')}"`;
}

/** Whether an `If-Match` (RFC 9110: a list, or `*`; weak tags never match) names this state. */
export function isMatch(ifMatch: string, etag: string): boolean {
  if (ifMatch.trim() === '*') return true;
  const isList = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/.test(ifMatch);
  return isList && (ifMatch.match(/(?:W\/)?"[^"]*"/g)?.includes(etag) ?? false);
}

/**
 * An `onSend` hook: an ETag for every JSON that a GET under /v1 gives, and 304 when the caller has it already.
 */
export function answerConditionally(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  const readsResource = request.method === 'GET' || request.method === 'HEAD';
  // What was done is not the answer to anything else; and tokens are for their owner alone.
  if (!readsResource && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (
    !readsResource ||
    reply.statusCode !== 200 ||
    typeof payload !== 'string' ||
    !request.url.startsWith('/v1/')
  ) {
    done(null, payload);
    return;
  }
  // Bytes from here on: to hash a text and to send it each make them anew.
  const bytes = Buffer.from(payload);
  const etag = etagOf(bytes);
  reply.header('etag', etag);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'public, no-cache');
  // Only this header: a browser's Cache-Control in the request says nothing about what the caller has.
  const { 'if-none-match': has } = request.headers;
  if (has !== undefined && fresh({ 'if-none-match': has }, { etag })) {
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Fastify takes the body of a HEAD away itself, and its length first.
    done(null, request.method === 'HEAD' ? bytes : null);
    return;
  }
  done(null, bytes);
}
