import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS } from './access-tokens.js';
import { REFRESH_TOKEN_SECONDS, type Tokens } from './sessions.service.js';

// Tokens of a page are in cookies that its scripts can not read, and that other sites can not have sent.
const ACCESS = { name: 'access', path: '/v1' };
const REFRESH = { name: 'refresh', path: '/v1/auth/session' };

const BASE_PATH_HEADER = 'x-base-path';
const BASE_PATH = /^(?:\/[\w.~!$&'()*+=:@%-]+)+$/;

export function setSessionCookies(request: FastifyRequest, reply: FastifyReply, tokens: Tokens): void {
  const set = ({ name, path }: typeof ACCESS, value: string, maxAge: number): unknown =>
    reply.setCookie(name, value, { ...optionsOf(request), path: basePathOf(request) + path, maxAge });
  set(ACCESS, tokens.accessToken, ACCESS_TOKEN_SECONDS);
  set(REFRESH, tokens.refreshToken, REFRESH_TOKEN_SECONDS);
}

export function clearSessionCookies(request: FastifyRequest, reply: FastifyReply): void {
  for (const { name, path } of [ACCESS, REFRESH])
    reply.clearCookie(name, { ...optionsOf(request), path: basePathOf(request) + path });
}

export const accessCookie = (request: FastifyRequest): string | undefined => request.cookies[ACCESS.name];
export const refreshCookie = (request: FastifyRequest): string | undefined => request.cookies[REFRESH.name];

// Only on one's own machine without TLS: browsers send no other such cookies there, and everywhere else they must not.
function optionsOf({ hostname, protocol }: FastifyRequest): object {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return { httpOnly: true, sameSite: 'strict', secure: !isLocal || protocol === 'https' };
}

// The path of a cookie is that which the browser sees: a proxy may strip a prefix, which the page alone then knows.
// Nobody but the caller gets the cookie, so the worst that a wrong one does is that the browser does not send it back.
function basePathOf({ headers }: FastifyRequest): string {
  const given = headers[BASE_PATH_HEADER];
  return typeof given === 'string' && given.length <= 200 && BASE_PATH.test(given) ? given : '';
}
