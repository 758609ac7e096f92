import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { isDownload } from './http/downloads.js';
import { CONDITIONAL } from './http/operation.js';
import { Problem } from './http/problem.js';
import { VERSION } from './version.js';

const DESCRIPTION = `Properties that Habi sells: search them by many criteria, see their public status history, and like them.

**To like a property** call \`login\`, copy the \`accessToken\` of its answer and enter it under Authorize.

**Numbers** in a query are plain decimals. **Unknown parameters** are refused. **Errors** are RFC 9457 problem
details and list every fault of a request at once. **Lists** are paged by an opaque cursor that belongs to one sort
and its filters. Rows that are added between two pages make no item appear twice or be skipped. Every JSON answer has an \`ETag\`.`;

/** Builds the OpenAPI document from the decorators of the app's routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('property-service')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer('.', 'Relative to the address of this document, also below a path prefix')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: '`accessToken` of a login.',
    })
    .addTag('Properties', 'Search, details and staff changes of properties')
    .addTag('Likes', 'Likes of properties')
    .addTag('Ranking', 'The most liked properties, for Habi’s staff')
    .addTag('Accounts', 'Registration, sign-in and tokens')
    .addTag('Operations', 'Health and metrics, for operators')
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    // Generated clients name their functions by the method.
    operationIdFactory: (_controller, method) => method,
    extraModels: [Problem],
  });
  for (const [path, { get, put, post, patch, delete: remove }] of Object.entries(document.paths)) {
    // An explicit empty list says that the operation needs no token.
    for (const operation of [get, put, post, patch, remove]) if (operation) operation.security ??= [];
    if (!get || !path.startsWith('/v1') || isDownload(path)) continue;
    const ok = get.responses['200'] as { headers?: object };
    ok.headers = { ...ok.headers, ...CONDITIONAL.headers };
    get.responses['304'] = CONDITIONAL.notModified;
  }
  return document;
}
