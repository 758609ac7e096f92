import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemFor } from '../http/problem.js';
import type { SignInClient } from './accounts.service.js';
import { DEVICE_SECONDS } from './device-cookie.js';
import { cookieOptions } from './session-cookies.js';

const DEVICE = { name: 'device', path: '/v1/auth/session' };

export function signInClient(request: FastifyRequest, reply: FastifyReply): SignInClient {
  return { address: request.ip, deviceCookie: request.cookies[DEVICE.name], signal: goneAway(reply) };
}

export function setDeviceCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  basePath: string,
): void {
  const options = { ...cookieOptions(request), path: basePath + DEVICE.path, maxAge: DEVICE_SECONDS };
  reply.setCookie(DEVICE.name, value, options);
}

/** Aborted when the caller hangs up before the answer is complete. */
export function goneAway({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(problemFor(408));
  });
  return controller.signal;
}
