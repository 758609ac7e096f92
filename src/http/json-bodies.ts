import type { FastifyInstance } from 'fastify';
import { problemFor } from './problem.js';

/**
 * Parses JSON bodies. Some clients send a content type with every request, so an empty body is accepted, except for POST and
 * PATCH, which need one. PATCH also takes `application/merge-patch+json` (RFC 7396); for other methods that is a 415.
 */
export function readJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  const needsBody = (method: string): boolean => method === 'POST' || method === 'PATCH';
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      const isMergePatch = /merge-patch/i.test(request.headers['content-type'] ?? '');
      if (isMergePatch && request.method !== 'PATCH') done(problemFor(415));
      else if (body === '' && !needsBody(request.method)) done(null, undefined);
      else void parse(request, body as string, done);
    },
  );
}
