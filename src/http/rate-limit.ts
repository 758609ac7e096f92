import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { ProblemError, problemFor } from './problem.js';

const WINDOW_SECONDS = 60;

type Check = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * The general limit of requests under /v1 by caller, told in each answer (IETF draft-ietf-httpapi-ratelimit-headers).
 * Counted in Redis when there is one, so that all processes share it; while it is away each counts for itself.
 * @param perMinute 0 turns it off.
 */
export function limitRate(fastify: FastifyInstance, perMinute: number, redis: Redis | null): void {
  if (perMinute === 0) return;
  let own: Check;
  let shared: Check | undefined;
  // Scopes of their own: the plugin keeps one store in each.
  const countIn = (store: { redis?: Redis }, ready: (check: Check) => void): void => {
    void fastify.register(async (scope) => {
      await scope.register(rateLimit, {
        global: false,
        max: perMinute,
        timeWindow: WINDOW_SECONDS * 1000,
        nameSpace: 'rate-limit:default:',
        ...store,
      });
      ready(scope.createRateLimit());
    });
  };
  countIn({}, (check) => (own = check));
  if (redis) countIn({ redis }, (check) => (shared = check));
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/v1')) return;
    const limit = await (shared ? shared(request).catch(() => own(request)) : own(request));
    if (limit.isAllowed) return;
    reply.header('ratelimit-policy', `"default";q=${perMinute};w=${WINDOW_SECONDS}`);
    reply.header('ratelimit', `"default";r=${limit.remaining};t=${limit.ttlInSeconds}`);
    if (limit.isExceeded) {
      const { code, detail } = problemFor(429);
      throw new ProblemError(429, code, detail, { headers: { 'retry-after': String(limit.ttlInSeconds) } });
    }
  });
}
