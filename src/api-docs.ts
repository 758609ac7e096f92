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

// Addresses are relative, so that a proxy may strip a prefix. The policy allows no inline script.
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
 * Swagger UI at /docs, the document at /openapi.json and /openapi.yaml. SwaggerModule would write the YAML again for each
 * request, 66 ms in which nothing else runs.
 */
export function serveApiDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const { resolve } = createRequire(import.meta.url);
  let made: OpenAPIObject | undefined;
  // All routes are there at the first request.
  const document = (): OpenAPIObject => (made ??= openApiDocument(app));
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
