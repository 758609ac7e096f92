import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS } from './access-tokens.js';
import { REFRESH_TOKEN_SECONDS, type Tokens } from './sessions.service.js';

// Tokens of a page are in cookies that its scripts can not read, and that other sites can not have sent.
const ACCESS = { name: 'access', path: '/v1' };
const REFRESH = { name: 'refresh', path: '/v1/auth/session' };

export function setSessionCookies(request: FastifyRequest, reply: FastifyReply, tokens: Tokens): void {
  const set = ({ name, path }: typeof ACCESS, value: string, maxAge: number): unknown =>
    reply.setCookie(name, value, { ...optionsOf(request), path, maxAge });
  set(ACCESS, tokens.accessToken, ACCESS_TOKEN_SECONDS);
  set(REFRESH, tokens.refreshToken, REFRESH_TOKEN_SECONDS);
}

export function clearSessionCookies(request: FastifyRequest, reply: FastifyReply): void {
  for (const { name, path } of [ACCESS, REFRESH]) reply.clearCookie(name, { ...optionsOf(request), path });
}

export const accessCookie = (request: FastifyRequest): string | undefined => request.cookies[ACCESS.name];
export const refreshCookie = (request: FastifyRequest): string | undefined => request.cookies[REFRESH.name];

// Only on one's own machine without TLS: browsers send no other such cookies there, and everywhere else they must not.
function optionsOf({ hostname }: FastifyRequest): object {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return { httpOnly: true, sameSite: 'strict', secure: !isLocal };
}
