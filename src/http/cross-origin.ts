import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const EXPOSED_HEADERS = [
  'Content-Disposition',
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
 * Allows CORS requests from pages of these origins, with every method of the API and every request header: tracing
 * libraries add headers of their own, such as `traceparent`. Cookies are not allowed; such pages send a bearer token. Nest
 * adds this hook before all others, so refused requests get the CORS headers too.
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
    // OPTIONS without this header is not a preflight; the router answers it.
    const preflight = request.headers['access-control-request-method'] !== undefined;
    callback(null, { ...options, preflight });
  };
  app.enableCors(decide as unknown as Parameters<typeof app.enableCors>[0]);
}
