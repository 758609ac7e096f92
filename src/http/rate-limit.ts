import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { ProblemError, problemFor } from './problem.js';

const WINDOW_SECONDS = 60;

/**
 * The general limit of requests under /v1 by caller, told in each answer (IETF draft-ietf-httpapi-ratelimit-headers).
 * Counted in Redis when there is one, so that all processes share it; while Redis is away nobody is refused.
 * @param perMinute 0 turns it off.
 */
export function limitRate(fastify: FastifyInstance, perMinute: number, redis: Redis | null): void {
  if (perMinute === 0) return;
  let check: ReturnType<FastifyInstance['createRateLimit']>;
  fastify
    .register(rateLimit, {
      global: false,
      max: perMinute,
      timeWindow: WINDOW_SECONDS * 1000,
      skipOnError: true,
      nameSpace: 'rate-limit:default:',
      ...(redis && { redis }),
    })
    .after(() => {
      check = fastify.createRateLimit();
    });
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/v1')) return;
    const limit = await check(request);
    if (limit.isAllowed) return;
    reply.header('ratelimit-policy', `"default";q=${perMinute};w=${WINDOW_SECONDS}`);
    reply.header('ratelimit', `"default";r=${limit.remaining};t=${limit.ttlInSeconds}`);
    if (limit.isExceeded) {
      const { code, detail } = problemFor(429);
      throw new ProblemError(429, code, detail, { headers: { 'retry-after': String(limit.ttlInSeconds) } });
    }
  });
}
