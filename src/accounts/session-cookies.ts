import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { DEVICE_SECONDS } from './device-cookie.js';
import type { Tokens } from './sessions.service.js';

/** Browsers accept these names only in `Secure` cookies. `__Host-` would need the path `/`, which other applications may share. */
export const COOKIE_NAMES = {
  access: '__Secure-access',
  refresh: '__Secure-refresh',
  device: '__Secure-device',
} as const;
const INSECURE_NAMES = { access: 'access', refresh: 'refresh', device: 'device' } as const;
const PATHS = { access: '/v1', refresh: '/v1/auth/session', device: '/v1/auth/session' } as const;

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

/** The cookies of a sign-in. Scripts cannot read them, and browsers do not send them with requests of other sites. */
@Injectable()
export class SessionCookies {
  readonly #names: Readonly<Record<keyof typeof PATHS, string>>;
  readonly #options: object;

  constructor({ insecureCookies }: Config) {
    this.#names = insecureCookies ? INSECURE_NAMES : COOKIE_NAMES;
    this.#options = { httpOnly: true, sameSite: 'strict', secure: !insecureCookies };
  }

  /** @param basePath the prefix that a proxy strips: the path of a cookie is the one that the browser sees */
  set(reply: FastifyReply, tokens: Tokens, basePath: string): void {
    this.#set(reply, 'access', tokens.accessToken, basePath, tokens.expiresIn);
    this.#set(
      reply,
      'refresh',
      tokens.refreshToken + SEPARATOR + basePath,
      basePath,
      tokens.refreshExpiresIn,
    );
  }

  /** See DeviceCookies. It stays when the user signs out. */
  setDevice(reply: FastifyReply, value: string, basePath: string): void {
    this.#set(reply, 'device', value, basePath, DEVICE_SECONDS);
  }

  #set(
    reply: FastifyReply,
    cookie: keyof typeof PATHS,
    value: string,
    basePath: string,
    maxAge: number,
  ): void {
    const path = basePath + PATHS[cookie];
    reply.setCookie(this.#names[cookie], value, { ...this.#options, path, maxAge });
  }

  clear(reply: FastifyReply, basePath: string): void {
    for (const cookie of ['access', 'refresh'] as const)
      reply.clearCookie(this.#names[cookie], { ...this.#options, path: basePath + PATHS[cookie] });
  }

  accessToken({ cookies }: FastifyRequest): string | undefined {
    return cookies[this.#names.access];
  }

  device({ cookies }: FastifyRequest): string | undefined {
    return cookies[this.#names.device];
  }

  /**
   * The prefix comes from the cookie, where no script can change it, and not from the request: otherwise a script of another
   * application on the same host could move the tokens to a path of its own server.
   */
  refreshCookie({ cookies }: FastifyRequest): RefreshCookie {
    const [token = '', ...basePath] = (cookies[this.#names.refresh] ?? '').split(SEPARATOR);
    return { token, basePath: basePath.join(SEPARATOR) };
  }
}

/** The prefix that a page names when a user signs in with a password; '' without one, or with a malformed one. */
export function basePathOf({ headers }: FastifyRequest): string {
  const given = headers[BASE_PATH_HEADER];
  return typeof given === 'string' && given.length <= MAX_BASE_PATH_LENGTH && BASE_PATH.test(given)
    ? given
    : '';
}
