import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemFor } from '../http/problem.js';
import type { SignInClient } from './accounts.service.js';

export function signInClient(
  request: FastifyRequest,
  reply: FastifyReply,
  deviceCookie?: string,
): SignInClient {
  const userAgent = request.headers['user-agent'];
  return { address: request.ip, userAgent, deviceCookie, signal: goneAway(reply) };
}

/** Aborted when the caller hangs up before the answer is complete. */
export function goneAway({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(problemFor(408));
  });
  return controller.signal;
}
