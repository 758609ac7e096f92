import type { FastifyInstance } from 'fastify';
import { problemFor } from './problem.js';

/**
 * How bodies are read. Some front ends name a content type in every request: where there is no body, that is no fault, unless
 * it is a POST or a PATCH; there a body was meant. A PATCH may also be called what it is, a merge patch (RFC 7396).
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
