import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';

/** What stands for these bytes, strong: a hash of them. It changes with every change that shows, however fast they follow. */
export function etagOf(payload: string | Buffer): string {
  return `"${hash('sha1', payload, 'base64url')}"`;
}

/**
 * Whether an `If-Match` (RFC 9110: a list, or `*`) names this state. A proxy that compresses changes our tags: nginx and
 * Varnish make `W/"x"` of them, Apache and Caddy `"x-gzip"`. Both name the state `"x"`, so a weak tag matches too.
 */
export function isMatch(ifMatch: string, etag: string): boolean {
  if (ifMatch.trim() === '*') return true;
  const isList = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/.test(ifMatch);
  return (
    isList &&
    (withoutSuffix(ifMatch)
      .match(/"[^"]*"/g)
      ?.includes(etag) ??
      false)
  );
}

/** Whether the caller has this state already, by its `If-None-Match`. */
export function isFresh({ headers }: FastifyRequest, etag: string): boolean {
  const { 'if-none-match': has } = headers;
  // Only this header: a browser's Cache-Control in the request says nothing about the caller's copy.
  return has !== undefined && fresh({ 'if-none-match': withoutSuffix(has) }, { etag });
}

// Safe: all our tags have the same length, so a tag with a suffix can't be the tag of another state; and the last character
// of a hash in base64url is never one of p, r and d.
function withoutSuffix(tags: string): string {
  return tags.replaceAll(/-(?:gzip|br|zstd)"/g, '"');
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
  if (isFresh(request, etag)) {
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Fastify takes the body of a HEAD away itself, and its length first.
    done(null, request.method === 'HEAD' ? bytes : null);
    return;
  }
  done(null, bytes);
}
