import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import { problemFor } from './problem.js';

/**
 * Parses JSON bodies. PATCH also takes `application/merge-patch+json` (RFC 7396); for other methods that is a 415. Clients such
 * as axios send a content type without a body: an empty body is no body, whatever its type.
 */
export function readJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addHook('onRequest', ignoreTypeOfNoBody);
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      const isMergePatch = /merge-patch/i.test(request.headers['content-type'] ?? '');
      if (body === '') done(null, undefined);
      else if (isMergePatch && request.method !== 'PATCH') done(problemFor(415));
      else void parse(request, body as string, done);
    },
  );
  // Only the first chunk, or the end, of a chunked body shows whether it is empty.
  fastify.addContentTypeParser('*', async (_request: FastifyRequest, payload: Readable) => {
    const hasBody = await Promise.race([
      once(payload, 'data').then(() => true),
      once(payload, 'end').then(() => false),
    ]).catch((cause: unknown) => {
      throw problemFor(400, { cause });
    });
    if (hasBody) throw problemFor(415);
  });
}

const ignoreTypeOfNoBody: onRequestHookHandler = ({ headers }, _reply, done) => {
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0)
    delete headers['content-type'];
  done();
};
