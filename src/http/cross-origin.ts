import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const EXPOSED_HEADERS = [
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];
const PREFLIGHT_SECONDS = 600;

/**
 * CORS for pages of these origins: every method of the API, and every request header. The list of headers is open
 * because tracing libraries add their own, such as `traceparent`. Cookies are not allowed: pages of other origins send
 * a bearer token. Nest runs this before the other hooks, so that refusals of every kind have the headers too.
 */
export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const options = {
    origin: [...origins],
    methods: METHODS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  };
  const decide = (request: FastifyRequest, callback: (error: null, options: object) => void): void => {
    // An OPTIONS that is no preflight is a method like any other.
    const preflight = request.headers['access-control-request-method'] !== undefined;
    callback(null, { ...options, preflight });
  };
  app.enableCors(decide as unknown as Parameters<typeof app.enableCors>[0]);
}
