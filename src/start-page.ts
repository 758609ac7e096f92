import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Config } from './config/config.js';
import { pagePolicy } from './http/content-security-policy.js';

interface Link {
  name: string;
  /** Relative to `/`: it also works behind a proxy that strips a path prefix. */
  href: string;
  text: string;
}

const STYLE = 'body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}';
const POLICY = pagePolicy({ 'style-src': `'sha256-${hash('sha256', STYLE, 'base64')}'` });

/** Serves `GET /`: links as HTML for browsers, as JSON for other callers. Call it after the linked routes are added. */
export function serveStartPage(fastify: FastifyInstance, { docs }: Config): void {
  const links: Link[] = [{ name: 'ready', href: 'health/ready', text: 'Readiness of the service' }];
  if (fastify.hasRoute({ method: 'GET', url: '/ranking' }))
    links.unshift({ name: 'ranking', href: 'ranking', text: 'Ranking of properties, for staff' });
  if (docs) links.unshift({ name: 'docs', href: 'docs', text: 'API documentation (Swagger UI)' });
  const page = htmlOf(links);
  const json = JSON.stringify({ links: Object.fromEntries(links.map(({ name, href }) => [name, href])) });

  fastify.get('/', (request, reply) => {
    const vary = [reply.getHeader('vary'), 'Accept'].filter(Boolean).join(', ');
    reply.headers({ 'cache-control': 'no-cache', vary });
    if (!prefersHtml(request)) return reply.type('application/json; charset=utf-8').send(json);
    return reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(page);
  });
}

function prefersHtml({ raw }: FastifyRequest): boolean {
  return new Negotiator(raw).mediaType(['application/json', 'text/html']) === 'text/html';
}

function htmlOf(links: readonly Link[]): string {
  const items = links.map(({ href, text }) => `<li><a href="${href}">${text}</a></li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>property-service</title>
<style>${STYLE}</style>
</head>
<body><main><h1>property-service</h1><ul>${items}</ul></main></body>
</html>
`;
}
