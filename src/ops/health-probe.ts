import type { FastifyRequest } from 'fastify';

const PROBES: ReadonlySet<string | undefined> = new Set(['/health/live', '/health/ready']);

/** Whether an orchestrator asks for the state of this process: the one request under no rate limit, and so a cheap one. */
export function isHealthProbe({ method, routeOptions }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && PROBES.has(routeOptions.url);
}
