import type { FastifyInstance } from 'fastify';

/**
 * Some front ends name a content type in every request. Where there is no body, that is no fault, unless it is a POST: there
 * a body was meant.
 */
export function takeEmptyBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.method !== 'POST') done(null, undefined);
    else void parse(request, body as string, done);
  });
}
