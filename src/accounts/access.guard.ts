import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS, type Access, WITH_COOKIE } from './access.decorators.js';
import { AccessTokens } from './access-tokens.js';
import { NotSignedIn, NotStaff, TokenRefused } from './account.errors.js';
import { varyBy } from '../http/vary.js';
import { accessCookie } from './session-cookies.js';
import { type Caller, CallerCache } from './caller-cache.js';

/** Checks the access that the route declares. A route that declares none requires `SignedIn`. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly callers: CallerCache,
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
      request.headers.authorization ?? (withCookie ? bearerFromCookie(request) : undefined);
    // The response depends on the caller: caches must not send it to others.
    varyBy(reply, 'Authorization');
    if (withCookie) varyBy(reply, 'Cookie');
    const isTokenOptional = access === 'optional-ignore-invalid' || access === 'optional-reject-invalid';
    if (authorization === undefined && isTokenOptional) return true;
    reply.header('cache-control', 'private, no-cache');
    if (access === 'optional-ignore-invalid') {
      request.caller = await this.#callerIfValid(authorization as string);
      return true;
    }
    if (authorization === undefined) throw new NotSignedIn();
    const id = this.#userIdOf(authorization);
    request.caller = access === 'token-only' ? { id, isStaff: false } : await this.callers.require(id);
    if (access === 'staff' && !request.caller.isStaff) throw new NotStaff();
    return true;
  }

  async #callerIfValid(authorization: string): Promise<Caller | undefined> {
    try {
      return await this.callers.require(this.#userIdOf(authorization));
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }

  #userIdOf(authorization: string): number {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    const id = token === undefined ? null : this.tokens.verify(token);
    if (id === null) throw new TokenRefused();
    return id;
  }
}

/** The token of the session cookie, as an `Authorization` value. Only for reads: a cookie never authorises a write. */
function bearerFromCookie(request: FastifyRequest): string | undefined {
  const token = accessCookie(request);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && token !== undefined ? `Bearer ${token}` : undefined;
}
