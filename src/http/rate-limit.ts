import { setTimeout as pause } from 'node:timers/promises';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerHookHandler,
} from 'fastify';
import { withoutPlace } from './admission.js';
import { networkOf, TooManyRequests } from './caller.js';

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

export interface Count {
  current: number;
  /** Milliseconds until the window ends. */
  ttl: number;
}

/** Where requests are counted. */
export interface Counters {
  /** Adds the units to the count of the key. */
  count: (limit: string, key: string, windowMs: number, units: number) => Promise<Count>;
}

const REFUSAL_DELAY_MS = 500;
// It bounds the memory that refused requests take.
const MAX_DELAYED_REFUSALS = 1_000;
let delayedRefusals = 0;

declare module 'fastify' {
  interface FastifyRequest {
    /** Counts further requests in the general limit. Null when it does not apply. @throws TooManyRequests */
    spend: ((units: number) => Promise<void>) | null;
  }
}

/** The limit that covers all routes. Work that costs more than a request counts here, too. */
export function limitAllRequests(
  fastify: FastifyInstance,
  limit: Omit<RateLimit, 'keyOf'>,
  counters: Counters,
): void {
  fastify.decorateRequest('spend', null);
  limitRate(fastify, limit, counters, (request, spend) => (request.spend = spend));
}

/**
 * Limits requests and reports the limit in each answer (IETF draft-ietf-httpapi-ratelimit-headers).
 * @throws TooManyRequests (429) from the hook
 */
export function limitRate(
  fastify: FastifyInstance,
  { name, max, windowSeconds, applies, keyOf }: RateLimit,
  counters: Counters,
  onCounted: (request: FastifyRequest, spend: (units: number) => Promise<void>) => void = () => {},
): void {
  if (max === 0) return;
  const count = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const key = keyOf ? keyOf(request) : networkOf(request.ip);
    const spend = async (units: number): Promise<void> => {
      const { current, ttl } = await counters.count(name, key, windowSeconds * 1_000, units);
      const seconds = Math.ceil(ttl / 1_000);
      setItem(reply, 'ratelimit-policy', `"${name}"`, `q=${max};w=${windowSeconds}`);
      setItem(reply, 'ratelimit', `"${name}"`, `r=${Math.max(0, max - current)};t=${seconds}`);
      if (current <= max) return;
      await delayRefusal();
      throw new TooManyRequests(seconds);
    };
    await spend(1);
    onCounted(request, spend);
  };
  // Every request meets every limit, so a limit that does not apply makes no promise.
  const hook: onRequestHookHandler & preHandlerHookHandler = (request, reply, done) => {
    if (applies(request)) void settle(count(request, reply), done);
    else done();
  };
  if (keyOf) fastify.addHook('preHandler', hook);
  else fastify.addHook('onRequest', hook);
}

async function settle(work: Promise<void>, done: (error?: Error) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    return done(error as Error);
  }
  done();
}

/** Without this pause, a caller that sends its next request after each refusal would take the processor from the others. */
async function delayRefusal(): Promise<void> {
  if (delayedRefusals >= MAX_DELAYED_REFUSALS) return;
  delayedRefusals++;
  await withoutPlace(() => pause(REFUSAL_DELAY_MS));
  delayedRefusals--;
}

/** Sets the item of this limit in a header that lists one item for each limit that counted the request. */
function setItem(reply: FastifyReply, header: string, name: string, value: string): void {
  const others = String(reply.getHeader(header) ?? '')
    .split(', ')
    .filter((item) => item !== '' && !item.startsWith(`${name};`));
  reply.header(header, [...others, `${name};${value}`].join(', '));
}
