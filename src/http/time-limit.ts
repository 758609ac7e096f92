import type { FastifyInstance } from 'fastify';
// @ts-expect-error -- It has no types.
import symbols from 'fastify/lib/symbols.js';

/** The property of a request that has the listener with which Fastify ends `handlerTimeout`. */
const { kOnAbort } = symbols as { kOnAbort: symbol };

/**
 * Keeps `handlerTimeout` for requests with a body. Fastify ends it, and aborts `request.signal`, when the request emits `close`, and Node
 * emits that as soon as the body was read (https://github.com/fastify/fastify/pull/6725).
 */
export function keepTimeLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, { raw: answer }, done) => {
    const { [kOnAbort]: end } = request as unknown as Record<symbol, () => void>;
    if (end) {
      request.raw.off('close', end);
      answer.once('close', () => {
        if (!answer.writableFinished) end();
      });
    }
    done();
  });
}
