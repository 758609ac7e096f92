import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { type Counters, limitRate } from '../http/rate-limit.js';
import { nameKey } from './name-key.js';

// Verifying an old hash may take ten million iterations, after a wait for other sign-ins.
const HANDLER_TIMEOUT_MS = 12_000;

// Each sign-in costs most of a second of CPU time, also a successful one. Failures are counted by SignInFailures.
const SIGN_INS_PER_FAILURE = 6;

/** Limits the rate of sign-ins by IP address, and of registrations by IP address and by email. */
export function limitSignIn(fastify: FastifyInstance, config: Config, counters: Counters): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/auth/')) route.handlerTimeout = HANDLER_TIMEOUT_MS;
  });
  const to =
    (...paths: string[]) =>
    ({ method, routeOptions: { url = '' } }: FastifyRequest): boolean =>
      method === 'POST' && paths.includes(url);
  const signIn = {
    name: 'sign-in',
    max: config.rateLimitSignInPerMinute * SIGN_INS_PER_FAILURE,
    windowSeconds: 60,
    applies: to('/v1/auth/login', '/v1/auth/session'),
  };
  const registration = {
    max: config.rateLimitRegisterPerHour,
    windowSeconds: 3_600,
    applies: to('/v1/auth/register'),
  };
  limitRate(fastify, signIn, counters);
  limitRate(fastify, { ...registration, name: 'registration' }, counters);
  limitRate(fastify, { ...registration, name: 'registration-email', keyOf: emailOf }, counters);
}

// Hashed, so that the stored counters reveal no emails.
function emailOf({ body }: FastifyRequest): string {
  const value: unknown = (body as Record<string, unknown> | null | undefined)?.email;
  // The text is cut, because normalising can take time that grows with the square of its length.
  const text = typeof value === 'string' ? nameKey(value.slice(0, 254)) : '';
  return createHash('sha256').update(text).digest('base64url');
}
