import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { evaluateCrossOriginRequest } from '@nestjs/core/security/cross-origin-protection.js';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.js';

/**
 * Refuses requests that a browser sends for a page of another origin, also of the same site. For routes that write cookies. It is the
 * check of Nest's `enableCsrfProtection()`, with the host that a trusted proxy names.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, host, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { allowed } = evaluateCrossOriginRequest({
      method,
      host,
      ...(headers.origin !== undefined && { origin: headers.origin }),
      // Node joins repeated values, so they equal none of the allowed ones.
      ...(headers['sec-fetch-site'] !== undefined && { secFetchSite: String(headers['sec-fetch-site']) }),
    });
    if (!allowed) throw new ProblemError('cross-origin-refused');
    return true;
  }
}
