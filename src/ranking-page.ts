import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from './http/content-security-policy.js';
import { RANKING_VIEWS } from './ranking-views.js';

// `npm run build` writes it from web/. The path is valid from src/ and from dist/.
const FOLDER = fileURLToPath(new URL('../dist/web/', import.meta.url));

/**
 * Route for the views of each depth, and the relative path from there to the folder of the page's files. Relative paths also
 * work behind a proxy that strips a path prefix.
 */
const ROUTES = [
  ['/ranking', 'ranking/'],
  ['/ranking/:view', './'],
  ['/ranking/:view/:id', '../'],
] as const;
const VIEWS = new RegExp(`^(${Object.values(RANKING_VIEWS).join('|').replaceAll(':id', '\\d+')})$`);

/** Only files of this origin, no inline code, no frames. */
const POLICY = pagePolicy({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'require-trusted-types-for': "'script'",
});

/** Serves the ranking page for staff: static files that call the API like any other client. */
export async function serveRankingPage(fastify: FastifyInstance): Promise<void> {
  if (!existsSync(FOLDER)) return;
  // File names contain a hash of the content, so caches may keep them.
  await fastify.register(fastifyStatic, {
    root: `${FOLDER}assets`,
    prefix: '/ranking/assets/',
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
    index: false,
    decorateReply: false,
  });
  const page = readFileSync(`${FOLDER}index.html`, 'utf8');
  const icon = readFileSync(`${FOLDER}icon.svg`);
  for (const [path, toFolder] of ROUTES) {
    const html = page.replaceAll('="./', `="${toFolder}`);
    // For an unknown view the status is 404, and the page shows the error.
    fastify.get(path, (request: FastifyRequest, reply: FastifyReply): unknown =>
      reply
        .code(VIEWS.test(request.url.split('?', 1)[0] ?? '') ? 200 : 404)
        .headers({ 'cache-control': 'no-cache', 'content-security-policy': POLICY })
        .type('text/html; charset=utf-8')
        .send(html),
    );
  }
  fastify.get('/ranking/', (_request, reply) => reply.redirect('../ranking', 308));
  fastify.get('/ranking/icon.svg', (_request, reply) =>
    reply.header('cache-control', 'max-age=86400').type('image/svg+xml').send(icon),
  );
}
