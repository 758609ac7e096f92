import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { COOKIE_NAMES } from './accounts/session-cookies.js';
import { Config, SERVICES } from './config/config.js';
import { VERSION } from './config/version.js';
import { isDownload } from './http/downloads.js';
import {
  addHeaders,
  addProblemResponses,
  nameWordLists,
  removeUnused,
  routesOf,
  shareParameters,
} from './http/openapi-components.js';
import { PROBLEM_TYPE_NAMES, problemUri } from './http/problem-types.js';
import { headerRefs } from './http/response-headers.js';
import { STREAMED_ROUTES } from './privacy/privacy.controller.js';
import { PROPERTY_TYPES } from './properties/model/property-type.js';
import { PUBLIC_STATUS_NAMES } from './properties/model/status.js';
import { SORT_NAMES } from './properties/search/sort.js';
import { WINDOWS } from './ranking/model/score.js';
import { TRUST_REASONS } from './ranking/model/trust-reasons.js';
import { Problem } from './http/problem.js';

const DESCRIPTION = `Properties that Habi sells: search them by many criteria, see their public status history, and like them.

**To like a property** press Authorize and sign in.

**Numbers** in a query are plain decimals. **Unknown parameters** are refused. **Errors** are RFC 9457 problem
details and list every fault of a request at once. **Lists** are paged by an opaque cursor that belongs to one sort
and its filters. Rows that are added between two pages make no item appear twice or be skipped. **Caching**: every JSON
answer has an \`ETag\`. A read that sends it as \`If-None-Match\` is answered with 304, without a body, while the content is the same.`;

const WORD_LISTS = {
  PropertyType: PROPERTY_TYPES,
  PublicStatus: PUBLIC_STATUS_NAMES,
  Availability: ['available', 'sold'],
  PropertySort: SORT_NAMES,
  RankingBy: ['trending', 'likes'],
  RankingWindow: WINDOWS,
  TrustReason: TRUST_REASONS,
  LikeAction: ['liked', 'unliked'],
  PlaceKind: ['city', 'neighbourhood'],
  ProblemType: PROBLEM_TYPE_NAMES.map(problemUri),
};

/** Builds the OpenAPI document of the services that the app runs, from the decorators of their routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const { services } = app.get(Config);
  const isWhole = services.length === SERVICES.length;
  const options = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(isWhole ? 'property-service' : `property-service: ${services.join(', ')}`)
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer('.', 'What serves this document, in production or local')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: '`accessToken` of a login: a JWT that is signed and checked as RFC8725 asks.',
    })
    .addCookieAuth(
      COOKIE_NAMES.access,
      {
        type: 'apiKey',
        in: 'cookie',
        description: 'Set by `startSession`, for the pages of this service. Reads only.',
      },
      'sessionCookie',
    )
    .addCookieAuth(
      COOKIE_NAMES.refresh,
      {
        type: 'apiKey',
        in: 'cookie',
        description: 'Set by `startSession`, for `refreshSession` and `endSessions`.',
      },
      'refreshCookie',
    )
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
  for (const { path, method, operation } of routesOf(document)) {
    // An explicit empty list says that the operation needs no token.
    operation.security ??= [];
    if (method !== 'get' || !path.startsWith('/v1') || isDownload(path) || STREAMED_ROUTES.includes(path))
      continue;
    const ok = operation.responses['200'] as { headers?: object };
    ok.headers = { ...ok.headers, ...headerRefs(['ETag']) };
  }
  document.servers = document.servers!.map((server) => ({ ...server, 'x-internal': false }));
  document.info.contact = { name: 'Habi', url: 'https://habi.co' };
  // An SPDX LicenseRef: UNLICENSED is no SPDX identifier.
  document.info.license = { name: 'All rights reserved', identifier: 'LicenseRef-UNLICENSED' } as never;
  addHeaders(document);
  addProblemResponses(document);
  nameWordLists(document, WORD_LISTS);
  shareParameters(document);
  removeUnused(document);
  return document;
}
