import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { dump } from 'js-yaml';
import { serveConstant } from './http/constant-answers.js';
import { openApiDocument } from './openapi.js';

const SCRIPT = 'text/javascript; charset=utf-8';
const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': SCRIPT,
  'favicon-32x32.png': 'image/png',
} as const;

// Relative addresses work behind a proxy that strips a path prefix. The content security policy forbids inline scripts.
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>property-service</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
`;

/**
 * Serves Swagger UI at /docs and the document at /openapi.json and /openapi.yaml. SwaggerModule would serialise the YAML for
 * each request, which blocks the event loop for 66 ms.
 */
export function serveApiDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const { resolve } = createRequire(import.meta.url);
  let cached: OpenAPIObject | undefined;
  // Built at the first request, when all routes are added.
  const document = (): OpenAPIObject => (cached ??= openApiDocument(app));
  const json = (): string => JSON.stringify(document());
  serveConstant(fastify, '/openapi.json', 'application/json; charset=utf-8', json);
  serveConstant(fastify, '/openapi.yaml', 'text/yaml; charset=utf-8', () =>
    dump(document(), { skipInvalid: true, noRefs: true }),
  );
  serveConstant(fastify, '/docs', 'text/html; charset=utf-8', () => PAGE);
  serveConstant(fastify, '/docs/start.js', SCRIPT, () => START);
  for (const [name, type] of Object.entries(FILES))
    serveConstant(fastify, `/docs/${name}`, type, () => readFile(resolve(`swagger-ui-dist/${name}`)));
  fastify.get('/docs/', (_request, reply) => reply.redirect('../docs', 308));
}
