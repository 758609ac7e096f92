import { beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { URI } from 'otpauth';
import { ACCESS } from '../../src/accounts/access.decorators.js';
import { openApiDocument } from '../../src/openapi.js';
import { addUsers, djangoHash, PASSWORD, post, signIn } from '../support/accounts.js';
import { type Answer, ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { exampleOf, expectShape, resolved, type Schema } from '../support/openapi.js';
import { app, database, useApp } from '../support/suite.js';

interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  schema: Schema;
}
interface DocumentedOperation {
  path: string;
  method: string;
  operationId: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>;
}

const PUBLIC_ROUTES = [
  'DELETE /v1/auth/session',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /v1/changes',
  'GET /v1/places',
  'GET /v1/properties/:id/status-history',
  'GET /v1/properties/clusters',
  'GET /v1/properties/facets',
  'GET /v1/properties/statistics',
  'POST /v1/auth/email-confirmations',
  'POST /v1/auth/login',
  'POST /v1/auth/logout',
  'POST /v1/auth/password-resets',
  'POST /v1/auth/password-resets/confirm',
  'POST /v1/auth/refresh',
  'POST /v1/auth/register',
  'POST /v1/auth/session',
  'POST /v1/auth/session/refresh',
];

/** Open to anyone. A valid token identifies the caller; an invalid one is a 401. */
const REJECT_INVALID_ROUTES = ['GET /v1/properties/:id/likes'];

/** Open to anyone. An invalid token is ignored; staff see more. */
const IGNORE_INVALID_ROUTES = [
  'GET /v1/properties',
  'GET /v1/properties/:id',
  'GET /v1/properties/:id/price-history',
  'GET /v1/properties/:id/similar',
];

/** The route itself checks that the user of the token is active. */
const TOKEN_ONLY_ROUTES = ['DELETE /v1/properties/:id/like', 'PUT /v1/properties/:id/like'];

/** Staff only. */
const STAFF_ROUTES = [
  'DELETE /v1/ranking/trust/:id',
  'GET /v1/properties/:id/visibility',
  'GET /v1/ranking/cities',
  'GET /v1/ranking/properties',
  'GET /v1/ranking/properties.csv',
  'GET /v1/ranking/properties/:id',
  'GET /v1/ranking/series',
  'GET /v1/ranking/trust',
  'PATCH /v1/properties/:id',
  'POST /v1/properties',
  'POST /v1/properties/:id/status',
  'PUT /v1/ranking/trust/:id',
];

/** Operations that read the refresh cookie. */
const SECURITY: Record<string, object[]> = {
  'post /v1/auth/session/refresh': [{ refreshCookie: [] }],
  'delete /v1/auth/session': [{ refreshCookie: [] }, {}],
};

/** Request bodies that need values from this database instead of the documented examples. */
const LIVE_BODIES: Record<string, () => object> = {
  login: () => ({ username: 'ana', password: PASSWORD }),
  refresh: () => ({ refreshToken: tokens.refreshToken }),
  startSession: () => ({ username: 'ana', password: PASSWORD }),
  confirmTotp: () => ({ code: URI.parse(answers.startTotp!.uri).generate() }),
  removeTotp: () => ({ password: PASSWORD, code: answers.confirmTotp!.recoveryCodes[0] }),
  resetPassword: () => ({ token: 'reset-of-luis', newPassword: 'cinco-casas-rojas' }),
  confirmEmail: () => ({ token: 'email-of-luis' }),
  eraseMe: () => ({ currentPassword: 'cuatro-casas-verdes' }),
};

/** Operations that end the sign-ins of their caller: `eva` does them. */
const OF_EVA = new Set(['changePassword', 'eraseMe']);

useApp({
  settings: {
    mail: { url: 'smtp://localhost:1', from: 'habi@example.com', linkUrl: 'https://habi.example/account' },
  },
});

let document: OpenAPIObject;
let operations: DocumentedOperation[];
/** The bodies of the answers so far, by operation. */
const answers: Record<string, Answer['body']> = {};
let tokens: { accessToken: string; refreshToken: string; sessionToken: string };
let eva: { authorization: string };

beforeAll(async () => {
  // The examples of the document are about property 1.
  const id = await addProperty(database, {
    neighbourhood: 'Chapinero',
    description: 'Amplio',
    year: 2018,
    property_type: 'apartment',
    area: 72.5,
    bedrooms: 3,
    bathrooms: 2,
    parking_spots: 1,
    stratum: 4,
    latitude: 4.6486,
    longitude: -74.0628,
  });
  await database.run('delete from status_history where property_id <> ?', [id]);
  await addUsers(database, ['ana'], { isStaff: true });
  const ana = { username: 'ana', password: PASSWORD };
  const { refreshToken: sessionToken } = (await post(app, '/v1/auth/login', ana)).body;
  tokens = { ...(await post(app, '/v1/auth/login', ana)).body, sessionToken };
  const { body } = await ask(app, '/v1/me/sessions', {
    headers: { authorization: `Bearer ${tokens.accessToken}` },
  });
  const other = body.items.find(({ current }: { current: boolean }) => !current);
  await database.run(
    `insert into sign_in (id, user_id, kind, client, started_at, last_used_at, ends_at, ended_at, rotations)
      select ?, user_id, kind, client, started_at, last_used_at, ends_at, ended_at, rotations from sign_in where id = ?`,
    ['0b9e1c3e-6c0e-4f5a-9d53-0d6a5b0f7a11', other.id],
  );
  const [luis] = await addUsers(database, ['luis', 'eva']);
  eva = await signIn(app, 'eva');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (const [purpose, token, mark] of [
    ['reset-password', 'reset-of-luis', sha256(djangoHash(PASSWORD))],
    ['confirm-email', 'email-of-luis', ''],
  ])
    await database.run(
      `insert into account_token (user_id, purpose, token_hash, mark, email, expires_at)
      values (?, ?, ?, ?, 'luis@example.com', '2099-01-01')`,
      [luis, purpose, sha256(token!), mark],
    );
  if (id !== 1) throw new Error(`property ${id} is not the first`);
  document = openApiDocument(app);
  operations = Object.entries(resolved(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Omit<DocumentedOperation, 'path' | 'method'>>).map(
      ([method, operation]) => ({ path, method, ...operation }),
    ),
  );
});

/** Every handler of every controller. */
function handlers(): { route: string; access: unknown }[] {
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => {
      const prototype = metatype?.prototype as Record<string, object>;
      return Object.getOwnPropertyNames(prototype)
        .map((name) => ({ handler: prototype[name]! }))
        .filter(({ handler }) => Reflect.hasMetadata(METHOD_METADATA, handler))
        .map(({ handler }) => {
          const path = [
            Reflect.getMetadata(PATH_METADATA, metatype!),
            Reflect.getMetadata(PATH_METADATA, handler),
          ]
            .join('/')
            .replaceAll(/\/+/g, '/')
            .replace(/\/$/, '');
          const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number];
          return {
            route: `${method} ${path.startsWith('/') ? path : `/${path}`}`,
            access: (Reflect.getMetadata(ACCESS, handler) ??
              Reflect.getMetadata(ACCESS, metatype!)) as unknown,
          };
        });
    });
}

describe('every route', () => {
  it('declares its access, and the lists above are complete', () => {
    expect(handlers().filter(({ access }) => access === undefined)).toEqual([]);
    expect(
      handlers()
        .filter(({ access }) => access === 'public')
        .map(({ route }) => route)
        .toSorted(),
    ).toEqual(PUBLIC_ROUTES);
    expect(
      handlers()
        .filter(({ access }) => access === 'optional-reject-invalid')
        .map(({ route }) => route),
    ).toEqual(REJECT_INVALID_ROUTES);
    expect(
      handlers()
        .filter(({ access }) => access === 'optional-ignore-invalid')
        .map(({ route }) => route)
        .toSorted(),
    ).toEqual(IGNORE_INVALID_ROUTES);
    expect(
      handlers()
        .filter(({ access }) => access === 'token-only')
        .map(({ route }) => route)
        .toSorted(),
    ).toEqual(TOKEN_ONLY_ROUTES);
    expect(
      handlers()
        .filter(({ access }) => access === 'staff')
        .map(({ route }) => route)
        .toSorted(),
    ).toEqual(STAFF_ROUTES);
  });

  it('is documented', () => {
    const documented = operations.map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(documented.toSorted()).toEqual(
      handlers()
        .map(({ route }) => route)
        .toSorted(),
    );
  });
});

describe('every operation', () => {
  it('documents whether it needs a token, and answers 401 without a required one', async () => {
    const access = new Map(handlers().map(({ route, access: declared }) => [route, declared]));
    for (const { path, method, security, parameters, responses } of operations) {
      const declared = access.get(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
      const isOpen = declared === 'optional-reject-invalid' || declared === 'optional-ignore-invalid';
      const cookie = path.startsWith('/v1/ranking/') ? [{ sessionCookie: [] }] : [];
      const documented =
        SECURITY[`${method} ${path}`] ??
        (declared === 'public' ? [] : isOpen ? [{}, { bearer: [] }] : [{ bearer: [] }, ...cookie]);
      expect([path, security]).toEqual([path, documented]);
      // One parameter of the open routes is for staff only.
      const isForStaff = declared === 'staff' || parameters?.some(({ name }) => name === 'includeHidden');
      const writesCookies = path.startsWith('/v1/auth/session');
      expect([path, '403' in responses]).toEqual([path, Boolean(isForStaff || writesCookies)]);
      if (declared === 'public' || isOpen) continue;
      const { status } = await ask(app, path.replace('{id}', '1'), { method: method.toUpperCase() });
      expect([path, status]).toEqual([path, 401]);
    }
  });

  it('has a summary, a tag and a unique id that is a valid method name', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, summary, tags } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary).toMatch(/\w/);
      expect(tags).toHaveLength(1);
    }
  });

  it('answers its own examples with a documented success status and body shape', async () => {
    // An unlike needs an earlier like, and the sign-out comes last.
    const order = ['put', 'post', 'patch', 'get', 'delete'];
    const inOrder = operations.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
    for (const { path, method, operationId, parameters = [], requestBody, responses } of inOrder) {
      const successes = Object.keys(responses).filter((status) => status.startsWith('2'));
      const schema = requestBody?.content['application/json']?.schema;
      const payload = schema && JSON.stringify(LIVE_BODIES[operationId]?.() ?? exampleOf(schema));
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
        String(parameters.find((parameter) => parameter.name === name)?.schema.example),
      );
      const query = parameters
        .filter((parameter) => parameter.in === 'query' && parameter.required)
        .map(({ name, schema }) => `${name}=${schema.example as string}`);
      const answer = await ask(app, query.length > 0 ? `${url}?${query.join('&')}` : url, {
        method: method.toUpperCase(),
        headers: {
          authorization: `Bearer ${tokens.accessToken}`,
          // A changed password ends the sign-ins, and the answer starts a new one.
          ...(OF_EVA.has(operationId) &&
            (answers.changePassword
              ? { authorization: `Bearer ${answers.changePassword.accessToken}` }
              : eva)),
          ...(operationId === 'refreshSession' && { cookie: `__Secure-refresh=${tokens.sessionToken}` }),
          ...(payload && { 'content-type': 'application/json' }),
        },
        payload,
      });
      answers[operationId] = answer.body;
      expect([url, successes]).toEqual([url, expect.arrayContaining([String(answer.status)])]);
      const content = responses[String(answer.status)]!.content ?? {};
      const [type] = Object.keys(content);
      if (!type) expect([url, answer.text]).toEqual([url, '']);
      else expect([url, answer.headers['content-type']]).toEqual([url, expect.stringContaining(type)]);
      if (type === 'application/json') expectShape(answer.body, content[type]!.schema, url);
    }
  });

  it('under /v1 refuses an unknown parameter with a 400, also when the body is invalid', async () => {
    for (const { path, method, requestBody } of operations.filter(({ path }) => path.startsWith('/v1'))) {
      const answer = await ask(app, `${path.replace('{id}', '1')}?unknown=1`, {
        method: method.toUpperCase(),
        headers: {
          authorization: `Bearer ${tokens.accessToken}`,
          ...(requestBody && { 'content-type': 'application/json' }),
        },
        payload: requestBody && '{"unknown":1}',
      });
      const fields = answer.body.errors?.map(({ field }: { field: string }) => field);
      expect([method, path, answer.status, fields]).toEqual([
        method,
        path,
        400,
        expect.arrayContaining(['unknown']),
      ]);
    }
  });

  it('documents 400, 406, 429, 500 and 503 as problem details under /v1, and describes every parameter', () => {
    for (const { path, parameters = [], responses } of operations.filter((operation) =>
      operation.path.startsWith('/v1'),
    )) {
      for (const status of ['400', '406', '429', '500', '503']) {
        expect([path, status, Object.keys(responses[status]?.content ?? {})]).toEqual([
          path,
          status,
          ['application/problem+json'],
        ]);
      }
      for (const { name, description, schema } of parameters)
        expect([path, name, Boolean(description), Boolean(schema.type ?? schema.enum)]).toEqual([
          path,
          name,
          true,
          true,
        ]);
    }
  });

  it('gives optional parameters no example, because Swagger UI would send it', () => {
    for (const { parameters = [] } of operations) {
      for (const { in: place, required, schema } of parameters)
        if (place === 'query' && !required) expect(schema.example).toBeUndefined();
    }
  });
});

describe('docs/openapi.json', () => {
  it('is current (npm run openapi writes it)', () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
    );
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument(app))));
  });

  it('equals the OpenAPI 3.1 document that the service serves as JSON and YAML', async () => {
    const served = await ask(app, '/openapi.json');
    expect(served.body).toEqual(JSON.parse(JSON.stringify(openApiDocument(app))));
    expect(served.body.openapi).toMatch(/^3\.1\./);
    const yaml = await ask(app, '/openapi.yaml');
    expect([yaml.status, yaml.text.startsWith('openapi: 3.1')]).toEqual([200, true]);
    expect((await ask(app, '/docs')).text).toContain('property-service');
  });
});
