import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { type Counters, limitRate } from '../http/rate-limit.js';
import { nameKey } from './name-key.js';

// Verifying an old hash may take ten million iterations, after a wait for other sign-ins.
const HANDLER_TIMEOUT_MS = 12_000;

// Each sign-in costs most of a second of CPU time, also a successful one. Failures are counted by SignInFailures.
const SIGN_INS_PER_FAILURE = 6;
/** Routes outside `/v1/auth/` that check a password. */
const WITH_PASSWORD = new Set([
  'DELETE /v1/me',
  'PUT /v1/me/password',
  'POST /v1/me/totp',
  'POST /v1/me/totp/remove',
]);

/**
 * Limits the rate of sign-ins by IP address, of other password checks by IP address and by access token, of registrations and of mails by
 * IP address and by email, and of one-time tokens by IP address.
 */
export function limitSignIn(fastify: FastifyInstance, config: Config, counters: Counters): void {
  fastify.addHook('onRoute', (route) => {
    const checksPassword = [route.method].flat().some((method) => isWithPassword(method, route.url));
    if (route.url.startsWith('/v1/auth/') || checksPassword) route.handlerTimeout = HANDLER_TIMEOUT_MS;
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
  const guess = { max: config.rateLimitSignInPerMinute, windowSeconds: 60 };
  const check = {
    ...guess,
    applies: ({ method, routeOptions: { url = '' } }: FastifyRequest) => isWithPassword(method, url),
  };
  limitRate(fastify, { ...check, name: 'password' }, counters);
  limitRate(fastify, { ...check, name: 'password-token', keyOf: keyOfToken }, counters);
  const oneTimeTokens = to('/v1/auth/email-confirmations', '/v1/auth/password-resets/confirm');
  limitRate(fastify, { ...guess, applies: oneTimeTokens, name: 'one-time-token' }, counters);
  const mail = { ...registration, applies: to('/v1/auth/password-resets', '/v1/me/email-confirmation') };
  const reset = { ...registration, applies: to('/v1/auth/password-resets') };
  limitRate(fastify, { ...mail, name: 'mail' }, counters);
  limitRate(fastify, { ...reset, name: 'mail-email', keyOf: emailOf }, counters);
  limitRate(fastify, { ...registration, name: 'registration' }, counters);
  limitRate(fastify, { ...registration, name: 'registration-email', keyOf: emailOf }, counters);
}

const isWithPassword = (method: string, url: string): boolean => WITH_PASSWORD.has(`${method} ${url}`);

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

const keyOfToken = ({ headers }: FastifyRequest): string => hash(headers.authorization ?? '');

// Hashed, so that the stored counters reveal no emails.
function emailOf({ body }: FastifyRequest): string {
  const value: unknown = (body as Record<string, unknown> | null | undefined)?.email;
  // The text is cut, because normalising can take time that grows with the square of its length.
  return hash(typeof value === 'string' ? nameKey(value.slice(0, 254)) : '');
}
