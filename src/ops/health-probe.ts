import type { FastifyRequest } from 'fastify';

const PROBE_ROUTES: ReadonlySet<string | undefined> = new Set(['/health/live', '/health/ready']);

/** Whether the request is a health probe of an orchestrator. Probes have no rate limit, so they must be cheap. */
export function isHealthProbe({ method, routeOptions }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && PROBE_ROUTES.has(routeOptions.url);
}
