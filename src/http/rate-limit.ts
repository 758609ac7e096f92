import { callbackify } from 'node:util';
import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { problemFor } from './problem.js';

export interface RateLimit {
  /** Name of the limit in the `RateLimit` headers. */
  name: string;
  /** Requests per window; 0: no limit. */
  max: number;
  windowSeconds: number;
  /** Whether the request counts. */
  applies: (request: FastifyRequest) => boolean;
  /** Key of the counter; by default the caller's address. It may read the body, so the limit is then checked before the handler. */
  keyOf?: (request: FastifyRequest) => string;
}

/** Runs commands of its client, and throws at once while they are likely to fail. */
interface GuardedRedis {
  readonly client: Redis | null;
  run<T>(commands: () => Promise<T>): Promise<T>;
}

/** Where requests are counted. */
export interface Counters {
  redis: GuardedRedis;
  /** Counts in the primary, for all processes that it has started. */
  count?: (key: string, windowMs: number) => Promise<{ current: number; ttl: number }>;
}

type Check = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * Limits requests and reports the limit in each answer (IETF draft-ietf-httpapi-ratelimit-headers). Redis holds the
 * counters for all processes. Without Redis, and while it is unavailable, the primary or each process counts in its memory.
 * The hook throws a ProblemError 429 with `Retry-After`.
 */
export function limitRate(fastify: FastifyInstance, limit: RateLimit, { redis, count }: Counters): void {
  const { name, max, windowSeconds, applies, keyOf } = limit;
  if (max === 0) return;
  let checkInMemory: Check;
  let checkInRedis: Check | undefined;
  // The plugin keeps one store per Fastify scope.
  const countIn = (
    store: { redis?: Redis; store?: FastifyRateLimitStoreCtor },
    ready: (check: Check) => void,
  ): void => {
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
  countIn(count ? { store: storeOf(name, count) } : {}, (check) => (checkInMemory = check));
  if (redis.client) countIn({ redis: redis.client }, (check) => (checkInRedis = check));
  fastify.addHook(
    keyOf ? 'preHandler' : 'onRequest',
    async (request: FastifyRequest, reply: FastifyReply) => {
      if (!applies(request)) return;
      const check = checkInRedis;
      const state = await (check
        ? redis.run(() => check(request)).catch(() => checkInMemory(request))
        : checkInMemory(request));
      if (state.isAllowed) return;
      append(reply, 'ratelimit-policy', `"${name}";q=${max};w=${windowSeconds}`);
      append(reply, 'ratelimit', `"${name}";r=${state.remaining};t=${state.ttlInSeconds}`);
      if (state.isExceeded) throw problemFor(429, { headers: { 'retry-after': String(state.ttlInSeconds) } });
    },
  );
}

function storeOf(name: string, count: NonNullable<Counters['count']>): FastifyRateLimitStoreCtor {
  const countThen = callbackify(count);
  return class Store implements FastifyRateLimitStore {
    incr(key: string, done: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      countThen(`${name}:${key}`, windowMs, done);
    }
    child(): Store {
      return this;
    }
  };
}

// The header lists one item for each limit that counted the request.
function append(reply: FastifyReply, header: string, value: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? value : `${String(before)}, ${value}`);
}
