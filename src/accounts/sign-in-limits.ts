import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Config } from '../config/config.js';
import { limitRate } from '../http/rate-limit.js';
import { nameKey } from './name-key.js';

// An old password may have ten million iterations, and others may be waiting.
const PASSWORD_MS = 12_000;

/** Sign-ins by address and by name, registrations by address and by email: nobody may guess for long. */
export function limitSignIn(fastify: FastifyInstance, config: Config, redis: Redis | null): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/auth/')) route.handlerTimeout = PASSWORD_MS;
  });
  const to =
    (...paths: string[]) =>
    ({ method, routeOptions: { url = '' } }: FastifyRequest): boolean =>
      method === 'POST' && paths.includes(url);
  const signIn = {
    max: config.rateLimitSignInPerMinute,
    windowSeconds: 60,
    applies: to('/v1/auth/login', '/v1/auth/session'),
  };
  const registration = {
    max: config.rateLimitRegisterPerHour,
    windowSeconds: 3_600,
    applies: to('/v1/auth/register'),
  };
  limitRate(fastify, { ...signIn, name: 'sign-in' }, redis);
  limitRate(fastify, { ...signIn, name: 'sign-in-name', keyOf: keyOf('username') }, redis);
  limitRate(fastify, { ...registration, name: 'registration' }, redis);
  limitRate(fastify, { ...registration, name: 'registration-email', keyOf: keyOf('email') }, redis);
}

// Hashed: who reads the counters learns no names.
const keyOf =
  (field: string) =>
  ({ body }: FastifyRequest): string => {
    const value: unknown = (body as Record<string, unknown> | null | undefined)?.[field];
    // As names are compared at sign-in. Cut: normalising some texts takes time by the square of their length.
    const text = typeof value === 'string' ? nameKey(value.slice(0, 254)) : '';
    return createHash('sha256').update(text).digest('base64url');
  };
