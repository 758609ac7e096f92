import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { dump } from 'js-yaml';
import { Config } from './config/config.js';
import { DemoLoader } from './demo/demo-loader.js';
import { serveConstant } from './http/constant-answers.js';
import { pagePolicy } from './http/content-security-policy.js';
import { openApiDocument } from './openapi.js';

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
// Built from web/public/docs. The path is valid from src/ and from dist/.
const OWN_FILES = new URL('../dist/web/docs/', import.meta.url);
const { resolve } = createRequire(import.meta.url);

/** Files below /docs/: the content type, and where the file is. */
const FILES: Readonly<Record<string, readonly [type: string, path: string | URL]>> = {
  'swagger-ui.css': [STYLE, resolve('swagger-ui-dist/swagger-ui.css')],
  'swagger-ui-bundle.js': [SCRIPT, resolve('swagger-ui-dist/swagger-ui-bundle.js')],
  'favicon-32x32.png': ['image/png', resolve('swagger-ui-dist/favicon-32x32.png')],
  'style.css': [STYLE, new URL('style.css', OWN_FILES)],
  'start.js': [SCRIPT, new URL('start.js', OWN_FILES)],
  'search.js': [SCRIPT, new URL('search.js', OWN_FILES)],
  'sign-in.js': [SCRIPT, new URL('sign-in.js', OWN_FILES)],
};

/** Only files of this origin, no inline code, no frames. Swagger UI's style sheet has images as `data:`. */
const POLICY = pagePolicy({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
});

// Relative addresses work behind a proxy that strips a path prefix.
const pageWith = (links: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>property-service</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="stylesheet" href="docs/style.css">
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  </head>
  <body>
    <nav>${links}</nav>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script type="module" src="docs/start.js"></script>
  </body>
</html>
`;
const LINKS = ['<a href="openapi.json">OpenAPI as JSON</a>', '<a href="openapi.yaml">as YAML</a>'];
const RANKING_LINK = '<a href="ranking">Ranking page (staff)</a>';

/**
 * Serves Swagger UI at /docs and the document at /openapi.json and /openapi.yaml. SwaggerModule would serialise the YAML for
 * each request, which blocks the event loop for 66 ms.
 */
export function serveApiDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let cached: Promise<OpenAPIObject> | undefined;
  // Built at the first request, when all routes are added.
  const document = (): Promise<OpenAPIObject> =>
    (cached ??= servedDocument(app).catch((error: unknown) => {
      cached = undefined; // the next request tries again
      throw error;
    }));
  const json = async (): Promise<string> => JSON.stringify(await document());
  serveConstant(fastify, '/openapi.json', 'application/json; charset=utf-8', json);
  // From the JSON, so that both say the same: `dump` would leave out instances of classes.
  serveConstant(fastify, '/openapi.yaml', 'application/yaml', async () =>
    dump(JSON.parse(await json()), { noRefs: true }),
  );
  const page = (): string => {
    const hasRanking = fastify.hasRoute({ method: 'GET', url: '/ranking' });
    return pageWith([...LINKS, ...(hasRanking ? [RANKING_LINK] : [])].join(' '));
  };
  serveConstant(fastify, '/docs', 'text/html; charset=utf-8', page, { 'content-security-policy': POLICY });
  for (const [name, [type, path]] of Object.entries(FILES))
    serveConstant(fastify, `/docs/${name}`, type, () => readFile(path));
  fastify.get('/docs/', (_request, reply) => reply.redirect('../docs', 308));
}

/** The document, with the demo accounts as examples of a sign-in when the database has them. */
async function servedDocument(app: NestFastifyApplication): Promise<OpenAPIObject> {
  const document = openApiDocument(app);
  const { demoData, services } = app.get(Config);
  if (!demoData || !services.includes('accounts')) return document;
  // Without its database the service still has a document, with the examples of the code.
  const accounts = await app
    .get(DemoLoader)
    .findAccounts()
    .catch(() => []);
  return accounts.length > 0 ? withSignInExamples(document, accounts) : document;
}

/** Makes these accounts the examples of the operations that take a username and a password. */
function withSignInExamples(
  document: OpenAPIObject,
  accounts: readonly { username: string; password: string; isStaff: boolean }[],
): OpenAPIObject {
  const examples = Object.fromEntries(
    accounts.map(({ username, password, isStaff }) => [
      username,
      {
        summary: `Demo account${isStaff ? ' of staff' : ''}`,
        value: { username, password },
        'x-demo-account': true,
      },
    ]),
  );
  for (const path of ['/v1/auth/login', '/v1/auth/session']) {
    const body = document.paths[path]?.post?.requestBody;
    const content = body && 'content' in body ? body.content['application/json'] : undefined;
    if (!content) throw new Error(`The document has no JSON body of POST ${path}`);
    delete content.example;
    content.examples = examples;
  }
  return document;
}
