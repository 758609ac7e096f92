import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { ProblemError, problemFor } from './problem.js';

export interface RateLimit {
  /** As the caller reads it. */
  name: string;
  /** Requests in a window; 0: no limit. */
  max: number;
  windowSeconds: number;
  /** Which requests it counts. */
  applies: (request: FastifyRequest) => boolean;
  /** What is counted by; the caller's address when left out. Needs the body, so it is known only before the handler. */
  keyOf?: (request: FastifyRequest) => string;
}

type Check = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * A limit of requests, told in each answer (IETF draft-ietf-httpapi-ratelimit-headers). Counted in Redis when there is
 * one, so that all processes share it; while it is away each counts for itself.
 */
export function limitRate(fastify: FastifyInstance, limit: RateLimit, redis: Redis | null): void {
  const { name, max, windowSeconds, applies, keyOf } = limit;
  if (max === 0) return;
  let own: Check;
  let shared: Check | undefined;
  // Scopes of their own: the plugin keeps one store in each.
  const countIn = (store: { redis?: Redis }, ready: (check: Check) => void): void => {
    void fastify.register(async (scope) => {
      await scope.register(rateLimit, {
        global: false,
        max,
        timeWindow: windowSeconds * 1000,
        nameSpace: `rate-limit:${name}:`,
        ...(keyOf && { keyGenerator: keyOf }),
        ...store,
      });
      ready(scope.createRateLimit());
    });
  };
  countIn({}, (check) => (own = check));
  if (redis) countIn({ redis }, (check) => (shared = check));
  fastify.addHook(
    keyOf ? 'preHandler' : 'onRequest',
    async (request: FastifyRequest, reply: FastifyReply) => {
      if (!applies(request)) return;
      const state = await (shared ? shared(request).catch(() => own(request)) : own(request));
      if (state.isAllowed) return;
      append(reply, 'ratelimit-policy', `"${name}";q=${max};w=${windowSeconds}`);
      append(reply, 'ratelimit', `"${name}";r=${state.remaining};t=${state.ttlInSeconds}`);
      if (state.isExceeded) {
        const { code, detail } = problemFor(429);
        throw new ProblemError(429, code, detail, { headers: { 'retry-after': String(state.ttlInSeconds) } });
      }
    },
  );
}

// A list of structured fields: one for each limit that a request comes under.
function append(reply: FastifyReply, header: string, value: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? value : `${String(before)}, ${value}`);
}
