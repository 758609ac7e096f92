import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { isDownload } from './http/downloads.js';
import { CONDITIONAL } from './http/operation.js';
import { Problem } from './http/problem.js';

const DESCRIPTION = `Homes that Habi sells: search them by many criteria, see their public history, and like them.

**To like a home** call \`login\`, copy the \`accessToken\` of its answer and give it to the Authorize button.

**Numbers** in a query are plain decimals. **Unknown parameters** are refused. **Errors** are RFC 9457 problem
details and list every fault of a request at once. **Lists** are paged by an opaque cursor that belongs to its sort
and filters; rows that are added meanwhile neither repeat nor skip an entry. Every JSON answer has an \`ETag\`.`;

/** The OpenAPI document, from the decorators of the routes that this app has. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('property-service')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addServer('.', 'Relative to the address of this document, so that it is right below a prefix, too')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: '`accessToken` of a login.',
    })
    .addTag('Properties', 'The homes')
    .addTag('Likes', 'Who likes which home')
    .addTag('Ranking', 'Which homes are liked most, for Habi’s own staff')
    .addTag('Accounts', 'Who is who')
    .addTag('Operations', 'For those who run the service')
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    // The method's name is what a generated client calls it.
    operationIdFactory: (_controller, method) => method,
    extraModels: [Problem],
  });
  for (const [path, { get, put, post, patch, delete: remove }] of Object.entries(document.paths)) {
    // Said in so many words: what names no scheme needs none.
    for (const operation of [get, put, post, patch, remove]) if (operation) operation.security ??= [];
    if (!get || !path.startsWith('/v1') || isDownload(path)) continue;
    const ok = get.responses['200'] as { headers?: object };
    ok.headers = { ...ok.headers, ...CONDITIONAL.headers };
    get.responses['304'] = CONDITIONAL.notModified;
  }
  return document;
}
