import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS } from './access-tokens.js';
import { REFRESH_TOKEN_SECONDS, type Tokens } from './sessions.service.js';

// Scripts of the page cannot read these cookies, and requests from other sites do not carry them.
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

// `secure` is off only on the developer's own machine without TLS, where browsers do not send secure cookies.
function optionsOf({ hostname, protocol }: FastifyRequest): object {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return { httpOnly: true, sameSite: 'strict', secure: !isLocal || protocol === 'https' };
}

// The browser compares a cookie's path with the path that it sees. A proxy may strip a prefix of that path, so the page sends
// the prefix. A wrong prefix harms only its sender: the browser does not send the cookie back.
function basePathOf({ headers }: FastifyRequest): string {
  const prefix = headers[BASE_PATH_HEADER];
  return typeof prefix === 'string' && prefix.length <= 200 && BASE_PATH.test(prefix) ? prefix : '';
}
