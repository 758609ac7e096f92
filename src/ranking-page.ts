import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

// Built by `npm run build` from web/; beside the compiled app, and found from its sources too.
const FOLDER = fileURLToPath(new URL('../dist/web/', import.meta.url));

/**
 * The paths of views, and from each the relative path to the folder of the page's files. Absolute paths would be wrong
 * below a prefix that a proxy strips; relative ones differ with the depth of the view.
 */
const VIEW_PATHS = [
  ['/ranking', 'ranking/'],
  ['/ranking/:view', './'],
  ['/ranking/:view/:id', '../'],
] as const;
const VIEWS = /^\/ranking(\/cities|\/homes\/\d+)?$/;

/** Nothing from elsewhere, nothing inline, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The page for staff to look at the ranking: files, which ask the API like any other client. */
export async function serveRankingPage(fastify: FastifyInstance): Promise<void> {
  if (!existsSync(FOLDER)) return;
  // Their names change with what is in them.
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
  for (const [path, toFolder] of VIEW_PATHS) {
    const html = page.replaceAll('="./', `="${toFolder}`);
    // An address that leads to no view is told so by the page.
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
