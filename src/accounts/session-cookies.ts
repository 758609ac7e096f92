import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS } from './access-tokens.js';
import { REFRESH_TOKEN_SECONDS, type Tokens } from './sessions.service.js';

// Scripts cannot read these cookies, and browsers do not send them with requests of other sites.
const ACCESS = { name: 'access', path: '/v1' };
const REFRESH = { name: 'refresh', path: '/v1/auth/session' };

const BASE_PATH_HEADER = 'x-base-path';
const BASE_PATH = /^(?:\/[\w~!$&'()*+=:@%-][\w.~!$&'()*+=:@%-]*)+$/;
const MAX_BASE_PATH_LENGTH = 200;
/** In no refresh token (base64url). */
const SEPARATOR = '~';

/** The refresh cookie: its token, and the prefix of the cookies of this sign-in. */
export interface RefreshCookie {
  token: string;
  basePath: string;
}

/** @param basePath the prefix that a proxy strips: the path of a cookie is the one that the browser sees */
export function setSessionCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  tokens: Tokens,
  basePath: string,
): void {
  const set = ({ name, path }: typeof ACCESS, value: string, maxAge: number): unknown =>
    reply.setCookie(name, value, { ...cookieOptions(request), path: basePath + path, maxAge });
  set(ACCESS, tokens.accessToken, ACCESS_TOKEN_SECONDS);
  set(REFRESH, tokens.refreshToken + SEPARATOR + basePath, REFRESH_TOKEN_SECONDS);
}

export function clearSessionCookies(request: FastifyRequest, reply: FastifyReply, basePath: string): void {
  for (const { name, path } of [ACCESS, REFRESH])
    reply.clearCookie(name, { ...cookieOptions(request), path: basePath + path });
}

export const accessCookie = (request: FastifyRequest): string | undefined => request.cookies[ACCESS.name];

/**
 * The prefix comes from the cookie, where no script can change it, and not from the request: otherwise a script of another
 * application on the same host could move the tokens to a path of its own server.
 */
export function refreshCookie(request: FastifyRequest): RefreshCookie {
  const [token = '', ...basePath] = (request.cookies[REFRESH.name] ?? '').split(SEPARATOR);
  return { token, basePath: basePath.join(SEPARATOR) };
}

/** The prefix that a page names when a user signs in with a password; '' without one, or with a malformed one. */
export function basePathOf({ headers }: FastifyRequest): string {
  const given = headers[BASE_PATH_HEADER];
  return typeof given === 'string' && given.length <= MAX_BASE_PATH_LENGTH && BASE_PATH.test(given)
    ? given
    : '';
}

// On localhost without TLS the browser would not send a Secure cookie.
export function cookieOptions({ hostname, protocol }: FastifyRequest): object {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return { httpOnly: true, sameSite: 'strict', secure: !isLocal || protocol === 'https' };
}
