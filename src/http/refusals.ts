import { METHODS as NODE_METHODS } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, HTTPMethods, onRequestHookHandler } from 'fastify';
import Negotiator from 'negotiator';
import { isDownload } from './downloads.js';
import { problemFor } from './problem.js';

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8'];
const FILE_TYPES = ['text/csv', 'text/csv; charset=utf-8'];
const PROBLEM_TYPES = ['application/problem+json'];

// All methods that Node can parse; CONNECT never becomes a request.
const METHODS = NODE_METHODS.filter((method) => method !== 'CONNECT') as HTTPMethods[];

/**
 * Answers 405 with `Allow` for a known path and an unsupported method. Call it before routes are added.
 * @returns a function to call after all routes are added; it adds the routes that answer 405
 */
export function refuseOtherMethods(fastify: FastifyInstance): () => void {
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  const methodsByUrl = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set<string>();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });
  return () => {
    for (const [url, methods] of new Map(methodsByUrl)) {
      // Below a wildcard a plugin serves its own paths.
      if (url.includes('*')) continue;
      const allow = METHODS.filter((method) => methods.has(method)).join(', ');
      fastify.route({
        url,
        method: METHODS.filter((method) => !methods.has(method)),
        // `onRequest` runs before the body is read.
        onRequest: (_request, _reply, done) => done(problemFor(405, { headers: { allow } })),
        handler: () => undefined,
      });
    }
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `Accept` allows problems and excludes the media type of the route. */
    acceptsProblemsOnly: boolean;
  }
}

/**
 * Answers 406 under /v1 when `Accept` excludes the media type of the route (JSON, or CSV for a download). Postman sends
 * `Accept: application/problem+json` where only errors have a body: such a request gets a 406 only in place of the content of
 * a GET. A write is answered as usual, because a 406 would come after the change.
 */
export function refuseUnacceptable(fastify: FastifyInstance): void {
  fastify.decorateRequest('acceptsProblemsOnly', false);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { accept } = request.headers;
    const asksForOther = accept && accept !== '*/*' && accept !== 'application/json';
    const givesFile = isDownload(request.routeOptions.url);
    if (!(asksForOther || (accept && givesFile)) || !request.url.startsWith('/v1')) return done();
    const negotiator = new Negotiator(request.raw);
    if (negotiator.mediaTypes(givesFile ? FILE_TYPES : JSON_TYPES).length > 0) return done();
    request.acceptsProblemsOnly = negotiator.mediaTypes(PROBLEM_TYPES).length > 0;
    done(request.acceptsProblemsOnly ? undefined : problemFor(406));
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const readsResource = request.method === 'GET' || request.method === 'HEAD';
    if (!request.acceptsProblemsOnly || !readsResource || reply.statusCode !== 200) return done();
    if (payload instanceof Readable) payload.destroy();
    for (const name of ['link', 'content-disposition']) reply.removeHeader(name);
    done(problemFor(406));
  });
}

/**
 * Fastify's `rewriteUrl`: gives all spellings of one path the same form, so that no spelling bypasses a rule for the path.
 * Removes the origin of an absolute URL, and decodes percent-encoded letters, digits and `-._~` in the path. The router
 * would refuse a malformed percent-encoding before any hook runs; it is escaped, so `refuseMalformedUrl` answers it.
 */
export function routableUrl({ url = '/' }: { url?: string }): string {
  let local = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*\/?/i, '/');
  if (!local.includes('%')) return local;
  if (!isWellFormed(local)) local = local.replaceAll('%', '%25');
  const end = local.includes('?') ? local.indexOf('?') : local.length;
  const path = local.slice(0, end).replaceAll(/%[0-9a-f]{2}/gi, (escape) => {
    const letter = decodeURIComponent(escape.replace(/%[89a-f]./i, '%25'));
    return /[\w.~-]/.test(letter) ? letter : escape;
  });
  return path + local.slice(end);
}

/** An `onRequest` hook: answers 404 before the body is read. */
export const refuseUnknownPath: onRequestHookHandler = (request, _reply, done) =>
  done(request.is404 ? problemFor(404) : undefined);

/** An `onRequest` hook: 400 for a malformed percent-encoding, which parsers would treat as plain text. */
export const refuseMalformedUrl: onRequestHookHandler = (request, _reply, done) =>
  done(isWellFormed(request.originalUrl) ? undefined : problemFor(400, { errors: [MALFORMED] }));

const MALFORMED = { field: 'url', message: 'has a malformed percent-encoding' };

function isWellFormed(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
