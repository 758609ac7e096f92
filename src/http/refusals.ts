import { METHODS as NODE_METHODS } from 'node:http';
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import Negotiator from 'negotiator';
import { isDownload } from './downloads.js';
import { ProblemError, problemFor } from './problem.js';

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8'];
const FILE_TYPES = ['text/csv', 'text/csv; charset=utf-8'];

// All that Node can read; CONNECT never becomes a request.
const METHODS = NODE_METHODS.filter((method) => method !== 'CONNECT') as HTTPMethods[];

/**
 * 405 with `Allow` for a known path with another method. Call it before routes are added, and the function that it
 * gives when all are there: it adds the refusing ones, so that the router itself decides what a known path is.
 */
export function refuseOtherMethods(fastify: FastifyInstance): () => void {
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  const known = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set<string>();
    for (const one of [method].flat()) methods.add(one);
    known.set(url, methods);
  });
  return () => {
    for (const [url, methods] of new Map(known)) {
      // A wildcard stands for what a plugin serves below it, not for a path of ours.
      if (url.includes('*')) continue;
      const allow = METHODS.filter((method) => methods.has(method)).join(', ');
      fastify.route({
        url,
        method: METHODS.filter((method) => !methods.has(method)),
        // Before the body is read: what it holds does not matter.
        onRequest: (_request, _reply, done) => {
          const { code, detail } = problemFor(405);
          done(new ProblemError(405, code, detail, { headers: { allow } }));
        },
        handler: () => undefined,
      });
    }
  };
}

/** An `onRequest` hook: 406 under /v1 when the caller accepts nothing that can be given: JSON, or a file. */
export function refuseUnacceptable(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const { accept } = request.headers;
  const asksForOther = accept && accept !== '*/*' && accept !== 'application/json';
  const givesFile = isDownload(request.routeOptions.url);
  if ((asksForOther || (accept && givesFile)) && request.url.startsWith('/v1')) {
    const acceptable = new Negotiator(request.raw).mediaTypes(givesFile ? FILE_TYPES : JSON_TYPES);
    if (acceptable.length === 0) return done(problemFor(406));
  }
  done();
}

/**
 * Fastify's `rewriteUrl`: one spelling for what is one address to the router, so that no rule for a path can be passed
 * by with another. Strips the origin that a proxy's client sends, and decodes letters, digits and `-._~` in the path.
 * A malformed percent-encoding, which the router would answer by itself before any hook, is escaped and goes the way
 * of every other request, as far as `refuseMalformedUrl`.
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

/** An `onRequest` hook: 404 before the body is read, which nobody would take. */
export function refuseUnknownPath(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  done(request.is404 ? problemFor(404) : undefined);
}

/** An `onRequest` hook: 400 for a malformed percent-encoding; parsers would pass it on as text. */
export function refuseMalformedUrl(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  done(isWellFormed(request.originalUrl) ? undefined : problemFor(400, undefined, [MALFORMED]));
}

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
