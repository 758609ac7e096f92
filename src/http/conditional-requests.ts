import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import { varyBy } from './vary.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How long a shared cache, such as a CDN, may hold the answer to an anonymous caller. */
    sharedForSeconds?: number;
  }
}

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
  const isContent = typeof payload === 'string' || (payload !== null && payload === reply.prepared?.plain);
  if (!readsResource || reply.statusCode !== 200 || !isContent || !request.url.startsWith('/v1/')) {
    done(null, payload);
    return;
  }
  // Encodes once: hashing a string and sending it would each encode it.
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : (payload as Buffer);
  const etag = reply.prepared?.plain === bytes ? reply.prepared.etag : etagOf(bytes);
  reply.header('etag', etag);
  controlCaches(request, reply);
  if (isFresh(request, etag)) {
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // For HEAD, Fastify reads the length of the body and then drops it.
    done(null, request.method === 'HEAD' ? bytes : null);
    return;
  }
  done(null, bytes);
}

/** Browsers ask again each time. A shared cache may hold the answers of some routes, if the caller is anonymous. */
function controlCaches(request: FastifyRequest, reply: FastifyReply): void {
  const { sharedForSeconds } = request.routeOptions.config;
  if (sharedForSeconds !== undefined) varyBy(reply, 'Authorization');
  if (reply.hasHeader('cache-control')) return;
  if (sharedForSeconds === undefined) reply.header('cache-control', 'public, no-cache');
  // A writer sends a token, and must see their own change.
  else if (request.headers.authorization !== undefined) reply.header('cache-control', 'private, no-cache');
  else reply.header('cache-control', `public, max-age=0, s-maxage=${sharedForSeconds}, must-revalidate`);
}
