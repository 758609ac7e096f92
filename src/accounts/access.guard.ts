import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS, type Access, WITH_COOKIE } from './access.decorators.js';
import { AccessTokens } from './access-tokens.js';
import { NotSignedIn, NotStaff, TokenRefused } from './account.errors.js';
import { accessCookie } from './session-cookies.js';
import { type Caller, CallerCache } from './caller-cache.js';

/** Lets a request in as its route declares; a route that declares nothing is for those who have signed in. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly users: CallerCache,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const declaredAt = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, declaredAt) ?? 'user';
    if (access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const withCookie =
      this.reflector.getAllAndOverride<boolean | undefined>(WITH_COOKIE, declaredAt) ?? false;
    return this.#letIn(access, withCookie, request, http.getResponse<FastifyReply>());
  }

  async #letIn(
    access: Access,
    withCookie: boolean,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    const authorization = request.headers.authorization ?? (withCookie ? bearerInCookie(request) : undefined);
    // The answer depends on who asks: caches must not give it to others.
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'Authorization' : `${String(vary)}, Authorization`);
    if (withCookie) reply.header('vary', `${String(reply.getHeader('vary'))}, Cookie`);
    if (authorization === undefined && (access === 'recognised' || access === 'optional')) return true;
    reply.header('cache-control', 'private, no-cache');
    if (access === 'optional') {
      request.caller = await this.#recognise(authorization as string);
      return true;
    }
    if (authorization === undefined) throw new NotSignedIn();
    const id = this.#idIn(authorization);
    request.caller = access === 'bearer' ? { id, isStaff: false } : await this.users.require(id);
    if (access === 'staff' && !request.caller.isStaff) throw new NotStaff();
    return true;
  }

  async #recognise(authorization: string): Promise<Caller | undefined> {
    try {
      return await this.users.require(this.#idIn(authorization));
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }

  #idIn(authorization: string): number {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    const id = token === undefined ? null : this.tokens.verify(token);
    if (id === null) throw new TokenRefused();
    return id;
  }
}

/** A page's own sign-in: good for reading, and for nothing that changes anything. */
function bearerInCookie(request: FastifyRequest): string | undefined {
  const token = accessCookie(request);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  return reads && token !== undefined ? `Bearer ${token}` : undefined;
}
