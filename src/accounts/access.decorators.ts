import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller-cache.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the AccessGuard. */
    caller?: Caller;
  }
}

export const ACCESS = 'access';
export const WITH_COOKIE = 'with-cookie';

/**
 * `optional`: anybody; a good token tells who asks, and another is overlooked. `recognised`: as that, but a token that is
 * given must be good. `bearer`: whoever has a token; whether its user is still active is asked by the operation's own
 * statement.
 */
export type Access = 'public' | 'optional' | 'recognised' | 'bearer' | 'user' | 'staff';

const access = (value: Access): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, value);

/** Anybody may call it. Every route declares its access; a test lists those that are public. */
export const Public = (): MethodDecorator & ClassDecorator => access('public');

/** Anybody may call it; those who have signed in may be told more. A token that has expired takes nothing away. */
export const OptionallySignedIn = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('optional'), ApiSecurity({}), ApiBearerAuth());

/** Anybody may call it; those who have signed in are told more, and those who believe they have learn that they have not. */
export const Recognised = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('recognised'), ApiSecurity({}), ApiBearerAuth());

export const SignedIn = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('user'), ApiBearerAuth());

/** Those who have signed in; their id is all that is known, and the operation must ask whether they are active. */
export const BearerOfToken = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('bearer'), ApiBearerAuth());

/**
 * Habi's own people.
 * @param options.withCookie reading is let in by the cookie of a page, too
 */
export const StaffOnly = ({ withCookie = false } = {}): MethodDecorator & ClassDecorator =>
  applyDecorators(access('staff'), SetMetadata(WITH_COOKIE, withCookie), ApiBearerAuth());

/** Who asks; null when nobody has signed in. */
export const CallerOrNull = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller | null =>
    context.switchToHttp().getRequest<FastifyRequest>().caller ?? null,
);

/** The user's id, on a route for those who have signed in. */
export const BearerId = createParamDecorator(
  (_: unknown, context: ExecutionContext): number => callerOf(context).id,
);

/** Who asks, on a route for those who have signed in. */
export const SignedInCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context),
);

function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('this route lets in people who have not signed in');
  return caller;
}
