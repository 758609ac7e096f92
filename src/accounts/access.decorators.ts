import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './known-users.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the AccessGuard. */
    caller?: Caller;
  }
}

export const ACCESS = 'access';

/** `recognised`: anybody; a token that is given must be good, and tells who asks. */
export type Access = 'public' | 'recognised' | 'user' | 'staff';

const access = (value: Access): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, value);

/** Anybody may call it. Every route declares its access; a test lists those that are public. */
export const Public = (): MethodDecorator & ClassDecorator => access('public');

/** Anybody may call it; those who have signed in are told more. */
export const Recognised = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('recognised'), ApiSecurity({}), ApiBearerAuth());

export const SignedIn = (): MethodDecorator & ClassDecorator =>
  applyDecorators(access('user'), ApiBearerAuth());

/** Who asks; null when nobody has signed in. */
export const CallerOrNull = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller | null =>
    context.switchToHttp().getRequest<FastifyRequest>().caller ?? null,
);

/** Who asks, on a route for those who have signed in. */
export const SignedInCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('this route lets in people who have not signed in');
  return caller;
});
