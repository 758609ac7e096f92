import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';

/** A strong ETag: a hash of the content. */
export function etagOf(payload: string | Buffer): string {
  return `"${hash('sha1', payload, 'base64url')}"`;
}

/**
 * Whether `If-Match` (RFC 9110: a list of tags, or `*`) contains this ETag. A proxy that compresses changes the ETag: nginx
 * and Varnish send `W/"x"`, Apache and Caddy `"x-gzip"`. Both mean `"x"`, so weak tags match too.
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

/** Whether `If-None-Match` says that the caller already has the content with this ETag. */
export function isFresh({ headers }: FastifyRequest, etag: string): boolean {
  const { 'if-none-match': callersTags } = headers;
  // `fresh` gets this header alone: it would also obey a browser's `Cache-Control: no-cache`.
  return callersTags !== undefined && fresh({ 'if-none-match': withoutSuffix(callersTags) }, { etag });
}

// Unambiguous: all our ETags have the same length, so a tag with a suffix is never the ETag of other content. And the last
// character of a base64url hash is never p, r or d.
function withoutSuffix(tags: string): string {
  return tags.replaceAll(/-(?:gzip|br|zstd)"/g, '"');
}

/** An `onSend` hook: adds an ETag to JSON of GET requests under /v1, and answers 304 when the caller has that content. */
export function answerConditionally(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  const readsResource = request.method === 'GET' || request.method === 'HEAD';
  // A cache must not keep the answer to a write, which may contain tokens.
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
  // Encodes once: hashing a string and sending it would each encode it.
  const bytes = Buffer.from(payload);
  const etag = etagOf(bytes);
  reply.header('etag', etag);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'public, no-cache');
  if (isFresh(request, etag)) {
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // For HEAD, Fastify reads the length of the body and then drops it.
    done(null, request.method === 'HEAD' ? bytes : null);
    return;
  }
  done(null, bytes);
}
