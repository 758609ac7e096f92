import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller-cache.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the AccessGuard. */
    caller?: Caller;
    /** The sign-in of its access token. Set by the AccessGuard. */
    signInId?: string | null;
    /** The token that authorises the request: one of the service, sent as a header or as a cookie, or one of the identity provider. */
    tokenKind?: 'token' | 'cookie' | 'provider';
    /** Whether only staff may call the route. */
    isForStaff?: boolean;
  }
}

export const ACCESS = 'access';
export const WITH_COOKIE = 'with-cookie';

/** The authentication that a route requires. Each value has its decorator below. */
export type Access =
  'public' | 'optional-ignore-invalid' | 'optional-reject-invalid' | 'token-only' | 'user' | 'staff';

type Decorator = MethodDecorator & ClassDecorator;

const access = (value: Access, ...documentation: Decorator[]): Decorator =>
  applyDecorators(SetMetadata(ACCESS, value), ...documentation);

/** Open to anyone; no token is read. Every route declares its access, and a test lists the public routes. */
export const Public = (): Decorator => access('public');

/** Open to anyone. A valid token identifies the caller; an invalid or expired token is ignored, as if there were none. */
export const OptionalTokenIgnoreInvalid = (): Decorator =>
  access('optional-ignore-invalid', ApiSecurity({}), ApiBearerAuth());

/** Open to anyone. A valid token identifies the caller; an invalid or expired token is a 401. */
export const OptionalTokenRejectInvalid = (): Decorator =>
  access('optional-reject-invalid', ApiSecurity({}), ApiBearerAuth());

/** A valid token of an active user; else 401. */
export const SignedIn = (): Decorator => access('user', ApiBearerAuth());

/**
 * A valid token; else 401. The guard does not load its user, to save a query: the operation's own statement must check that the
 * user is active.
 */
export const TokenWithoutUserCheck = (): Decorator => access('token-only', ApiBearerAuth());

/**
 * A valid token of an active user who is staff; else 401 or 403.
 * @param options.withCookie true: GET and HEAD requests may send the token in the session cookie
 */
export const StaffOnly = ({ withCookie = false } = {}): Decorator =>
  access(
    'staff',
    SetMetadata(WITH_COOKIE, withCookie),
    ApiBearerAuth(),
    ...(withCookie ? [ApiSecurity('sessionCookie')] : []),
  );

/** The caller; null when the request has no valid token. */
export const CallerOrNull = createParamDecorator(
  (_: unknown, context) => context.switchToHttp().getRequest<FastifyRequest>().caller ?? null,
);

/** The user id in the token, on a route that requires a token. */
export const TokenUserId = createParamDecorator((_: unknown, context) => callerOf(context).id);

/** The caller, on a route that requires a token. Only `id` is known on a `TokenWithoutUserCheck` route. */
export const SignedInCaller = createParamDecorator((_: unknown, context) => callerOf(context));

/** The id of the sign-in whose access token the request has; null for a token of the version before. */
export const CurrentSignIn = createParamDecorator(
  (_: unknown, context) => context.switchToHttp().getRequest<FastifyRequest>().signInId ?? null,
);

function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('this route does not require a token');
  return caller;
}
