import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { PROBLEM_TYPES, type ProblemType } from '../../src/http/problem-types.js';
import type { Problem } from '../../src/http/problem.js';
import { openApiDocument } from '../../src/openapi.js';
import { addUsers, PASSWORD, post, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { exampleOf, resolved, type Schema } from '../support/openapi.js';
import { app, database, useApp } from '../support/suite.js';

interface Operation {
  path: string;
  method: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { examples?: Record<string, { value: Problem }> }> }>;
}

/** A request that causes the problem, as changes of a valid request of the operation. */
interface Cause {
  query?: string;
  headers?: Record<string, string>;
  payload?: string | ((valid: string) => string);
}

/** These need a broken database or a busy process: the tests of these parts cause them. */
const CAUSED_ELSEWHERE = [
  'too-many-requests',
  'too-many-likes',
  'internal-error',
  'unavailable',
  'service-busy',
  'read-only',
  'too-demanding',
  'search-busy',
  'changes-busy',
  'too-many-searches',
  'downloads-busy',
  'sign-in-busy',
];
/** No operation documents these: they are about addresses and connections that no operation has. */
const OF_NO_OPERATION = ['not-found', 'method-not-allowed', 'request-timeout', 'headers-too-large'];

const CAUSES: Partial<Record<ProblemType, Cause>> = {
  'invalid-parameters': { query: 'colour=red' },
  'malformed-request': { query: '%' },
  'not-signed-in': {},
  'token-refused': { headers: { authorization: 'Bearer x' } },
  'not-acceptable': { headers: { accept: 'image/png' } },
  'body-too-large': { payload: `"${'x'.repeat(1_100_000)}"` },
  'unsupported-media-type': { headers: { 'content-type': 'text/plain' } },
  'invalid-body': { payload: (valid) => valid.replace('{', '{"colour":"red",') },
  'sign-in-refused': { payload: (valid) => valid.replace(PASSWORD, 'casas-azules-tres') },
  'refresh-token-refused': { payload: '{"refreshToken":"x"}' },
  // The causes of these are users, see callerOf().
  'totp-code-required': { payload: (valid) => valid.replace('"ana"', '"tito"').replace(/,"code":"\w+"/, '') },
  'totp-code-refused': { payload: (valid) => valid.replace('"ana"', '"tito"') },
  'totp-active': {},
  'not-staff': {},
  'no-mail': {},
  'property-not-found': {},
  'cross-origin-refused': { headers: { 'sec-fetch-site': 'same-site' } },
  'search-not-found': {},
  'session-not-found': {},
  'account-not-found': {},
  'changes-gone': { query: 'after=1000000' },
  'property-has-changed': { headers: { 'if-match': '"another"' } },
  'username-taken': {
    payload: JSON.stringify({ username: 'ana', email: 'z@example.com', password: PASSWORD }),
  },
  'email-taken': {
    payload: (valid) =>
      valid.includes('"token"')
        ? JSON.stringify({ token: 'email of eva' })
        : JSON.stringify({ username: 'zoe', email: 'eva@example.com', password: PASSWORD }),
  },
};

/** By path: a query with the required parameters. */
const REQUIRED_QUERIES: Readonly<Record<string, string>> = {
  '/v1/places': 'q=bel',
  '/v1/properties/clusters': 'bbox=-80,-5,-66,13&zoom=5',
};

useApp();

let operations: Operation[];
let staff: { authorization: string };
let user: { authorization: string };
let withTotp: { authorization: string };
let propertyId: number;
let missingId: number;

beforeAll(async () => {
  propertyId = await addProperty(database, {});
  missingId = propertyId + 1_000;
  await addUsers(database, ['ana'], { isStaff: true });
  const [luis] = await addUsers(database, ['luis']);
  await post(app, '/v1/auth/register', { username: 'eva', email: 'eva@example.com', password: PASSWORD });
  await database.run(
    `insert into account_token (user_id, purpose, token_hash, email, expires_at)
    values (?, 'confirm-email', sha2('email of eva', 256), 'eva@example.com', '2099-01-01')`,
    [luis],
  );
  staff = await signIn(app, 'ana');
  user = await signIn(app, 'luis');
  const [tito] = await addUsers(database, ['tito']);
  withTotp = await signIn(app, 'tito');
  await database.run("insert into user_totp (user_id, secret, is_active, last_step) values (?, '', 1, 0)", [
    tito,
  ]);
  const document: OpenAPIObject = resolved(openApiDocument(app));
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Omit<Operation, 'path' | 'method'>>).map(
      ([method, operation]) => ({
        path,
        method,
        ...operation,
      }),
    ),
  );
});

/** Each problem that an operation documents. */
function examples(): { operation: Operation; status: number; type: ProblemType; example: Problem }[] {
  return operations.flatMap((operation) =>
    Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content?.['application/problem+json']?.examples ?? {}).map(([type, { value }]) => ({
        operation,
        status: Number(status),
        type: type as ProblemType,
        example: value,
      })),
    ),
  );
}

function addressOf(path: string, type: ProblemType): string {
  const unknownSession = '00000000-0000-4000-8000-000000000000';
  const id = ['property-not-found', 'account-not-found'].includes(type) ? missingId : propertyId;
  return path.replace('{id}', path.startsWith('/v1/me/sessions') ? unknownSession : String(id));
}

function callerOf(type: ProblemType, path: string): object {
  if (type === 'not-staff') return user;
  if (type === 'not-signed-in') return {};
  // A first code is refused for a user without a second factor.
  return type.startsWith('totp-') && !(type === 'totp-code-refused' && path.endsWith('/confirm'))
    ? withTotp
    : staff;
}

async function cause(type: ProblemType, { path, method, requestBody }: Operation): Promise<Problem> {
  const { query, headers, payload } = CAUSES[type]!;
  const schema = requestBody?.content['application/json']?.schema;
  const account = { username: 'ana', password: PASSWORD };
  const known = Object.entries(account).filter(([field]) => field in (schema?.properties ?? {}));
  const valid = schema && JSON.stringify({ ...exampleOf(schema), ...Object.fromEntries(known) });
  // Such a body is also refused by an operation that needs none.
  const isAboutBodies = ['body-too-large', 'unsupported-media-type'].includes(type) || undefined;
  // The list needs staff for one parameter only.
  const isList = path === '/v1/properties' && method === 'get';
  const forStaff = isList && ['not-staff', 'not-signed-in'].includes(type) ? 'includeHidden=true' : '';
  const search = [REQUIRED_QUERIES[path], forStaff, query].filter(Boolean).join('&');
  const answer = await ask(app, `${addressOf(path, type)}?${search}`, {
    method: method.toUpperCase(),
    headers: {
      ...callerOf(type, path),
      ...((valid ?? isAboutBodies) && { 'content-type': 'application/json' }),
      ...headers,
    },
    payload:
      (valid ?? isAboutBodies) &&
      (typeof payload === 'function' ? payload(valid ?? '{}') : (payload ?? valid ?? 'text')),
  });
  expect([type, method, path, answer.status]).toEqual([type, method, path, PROBLEM_TYPES[type].status]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  return answer.body as Problem;
}

describe('every documented problem', () => {
  it('has an example with the type, the status and the title of its response', () => {
    for (const { status, type, example } of examples()) {
      expect(example).toMatchObject({ type: `urn:problem:${type}`, status, title: STATUS_CODES[status] });
      expect(PROBLEM_TYPES[type].status).toBe(status);
    }
  });

  it('has an example with the path of an operation that documents the type', () => {
    for (const { type, example } of examples()) {
      const paths = examples()
        .filter((other) => other.type === type)
        .map(({ operation }) => operation.path.replace('{id}', '42'));
      expect([type, paths]).toEqual([type, expect.arrayContaining([example.instance])]);
    }
  });

  it('is the real answer of each operation that documents it', async () => {
    const documented = examples().filter(({ type }) => CAUSES[type]);
    for (const { operation, type, example } of documented) {
      const { requestId, instance, ...answer } = await cause(type, operation);
      const { requestId: _, instance: __, ...wanted } = example;
      expect(requestId).toMatch(/\w/);
      expect(instance).toBe(addressOf(operation.path, type));
      expect([type, operation.path, answer]).toEqual([type, operation.path, wanted]);
    }
  });

  it('is in one of the lists above', () => {
    const types = new Set(examples().map(({ type }) => type));
    expect([...types].toSorted()).toEqual([...Object.keys(CAUSES), ...CAUSED_ELSEWHERE].toSorted());
    expect([...types, ...OF_NO_OPERATION].toSorted()).toEqual(Object.keys(PROBLEM_TYPES).toSorted());
  });
});
