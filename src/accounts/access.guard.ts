import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS, type Access, WITH_COOKIE } from './access.decorators.js';
import { type AccessClaims, AccessTokens } from './access-tokens.js';
import { NotSignedIn, NotStaff, TokenRefused } from './account.errors.js';
import { isDownload } from '../http/downloads.js';
import { Config } from '../config/config.js';
import { varyBy } from '../http/vary.js';
import { type ProviderIdentity, ProviderTokens } from './provider-tokens.js';
import { SessionCookies } from './session-cookies.js';
import { type Caller, CallerCache } from './caller-cache.js';
import { EndedSignIns } from './ended-sign-ins.js';

/** The user that a token names. */
type Identity = AccessClaims | ProviderIdentity;

/** Checks the access that the route declares. A route that declares none requires `SignedIn`. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly providerTokens: ProviderTokens,
    private readonly callers: CallerCache,
    private readonly ended: EndedSignIns,
    private readonly cookies: SessionCookies,
    private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const declaredAt = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, declaredAt) ?? 'user';
    if (access === 'public') return true;
    const withCookie = this.reflector.getAllAndOverride<boolean | undefined>(WITH_COOKIE, declaredAt);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    request.isForStaff = access === 'staff';
    const authorization =
      request.headers.authorization ?? (withCookie ? this.#bearerFromCookie(request) : undefined);
    // The response depends on the caller: caches must not send it to others.
    varyBy(reply, 'Authorization');
    if (withCookie) varyBy(reply, 'Cookie');
    const isTokenOptional = access === 'optional-ignore-invalid' || access === 'optional-reject-invalid';
    if (authorization === undefined && isTokenOptional) return true;
    const isPersonal = access === 'user' || access === 'token-only' || isDownload(request.routeOptions.url);
    reply.header('cache-control', isPersonal ? 'no-store' : 'private, no-cache');
    if (access === 'optional-ignore-invalid') {
      request.caller = await this.#callerIfValid(request, authorization as string);
      return true;
    }
    if (authorization === undefined) throw new NotSignedIn();
    const identity = await this.#identityOf(request, authorization);
    request.signInId = 'signInId' in identity ? identity.signInId : null;
    request.caller =
      access === 'token-only' ? { id: identity.userId, isStaff: false } : await this.#callerOf(identity);
    if (access === 'staff' && !request.caller.isStaff) throw new NotStaff(request.caller);
    return true;
  }

  async #callerIfValid(request: FastifyRequest, authorization: string): Promise<Caller | undefined> {
    try {
      return await this.#callerOf(await this.#identityOf(request, authorization));
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }

  async #callerOf(identity: Identity): Promise<Caller> {
    const caller = await this.callers.require(identity.userId);
    // An identity provider asks for a second factor itself.
    if ('isStaff' in identity) return { ...caller, isStaff: identity.isStaff || caller.isStaff };
    if (!this.config.staffTotpRequired || !caller.isStaff) return caller;
    // The user may have activated it a moment ago, in another process.
    const hasSecondFactor =
      identity.hasSecondFactor &&
      (caller.hasTotp || (await this.callers.requireUncached(identity.userId)).hasTotp);
    return hasSecondFactor ? caller : { ...caller, isStaff: false, lacksSecondFactor: true };
  }

  async #identityOf(request: FastifyRequest, authorization: string): Promise<Identity> {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    if (token === undefined) throw new TokenRefused();
    const claims = this.tokens.verify(token);
    if (claims) {
      if (claims.signInId !== null && (await this.ended.has(claims.signInId))) throw new TokenRefused();
      request.tokenKind = request.headers.authorization === undefined ? 'cookie' : 'token';
      return claims;
    }
    const identity = await this.providerTokens.verify(token);
    if (!identity) throw new TokenRefused();
    request.tokenKind = 'provider';
    return identity;
  }

  /** The token of the session cookie, as an `Authorization` value. Only for reads: a cookie never authorises a write. */
  #bearerFromCookie(request: FastifyRequest): string | undefined {
    const token = this.cookies.accessToken(request);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    return isRead && token !== undefined ? `Bearer ${token}` : undefined;
  }
}
