import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { addLongRanking, connectionIds, createDatabase, dropDatabase, SETTINGS } from './database.mjs';
import { LambdaEnvironment } from './environment.mjs';
import { bytesOf, eventOf } from './event.mjs';

const PROJECT = join(import.meta.dirname, '../../..');
/** How long an environment is frozen. */
const FROZEN_MS = Number(process.env.FROZEN_SECONDS ?? 2) * 1_000;
const MB = 1_000_000;
const JSON_BODY = { 'content-type': 'application/json' };
const STAFF = JSON.stringify({ username: 'staff', password: 'siete-puertas-verdes' });
/** Headers that differ between two answers of one service, or that the HTTP server adds. */
const OWN_HEADERS = [
  'date',
  'x-request-id',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
];

/** @type {import('mysql2/promise').Connection} */
let database;
/** @type {string} Outside the project, so that nothing of node_modules is found. */
let folder;
/** By service. */
const lambda = /** @type {Record<'accounts' | 'properties' | 'likes' | 'ranking', LambdaEnvironment>} */ ({});
/** @type {string} The address of the service as one process. */
let service;
/** @type {import('node:child_process').ChildProcess} */
let main;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'property-service-lambda-'));
  cpSync(join(PROJECT, 'dist/lambda-package'), folder, { recursive: true });
  database = await createDatabase();
  await addLongRanking(database);
  main = spawn(process.execPath, [join(PROJECT, 'dist/main.js')], {
    cwd: folder,
    env: { ...SETTINGS, PORT: '0' },
  });
  let output = '';
  while (!service) {
    output += String((await once(/** @type {import('node:stream').Readable} */ (main.stdout), 'data'))[0]);
    service = /listening at (http:\/\/127[^"]+)/.exec(output)?.[1] ?? '';
  }
  for (const name of /** @type {const} */ (['accounts', 'properties', 'likes', 'ranking']))
    lambda[name] = await LambdaEnvironment.start(folder, name, SETTINGS);
});

after(async () => {
  for (const each of [main, ...Object.values(lambda).map(({ process }) => process)]) each?.kill('SIGKILL');
  await Promise.all(Object.values(lambda).map(({ ended }) => ended));
  if (database) await dropDatabase(database);
  rmSync(folder, { recursive: true, force: true });
});

/** @param {keyof typeof lambda} name @param {string} url @param {import('./event.mjs').Options} [options] */
const ask = (name, url, options) => lambda[name].invoke(eventOf(url, options));
/** @param {keyof typeof lambda} name @param {string} url @param {import('./event.mjs').Options} [options] */
const askJson = async (name, url, options) => JSON.parse(String(bytesOf(await ask(name, url, options))));
/** @param {string} [type] */
async function signIn(type = 'login') {
  return ask('accounts', `/v1/auth/${type}`, { method: 'POST', headers: JSON_BODY, body: STAFF });
}
async function authorization() {
  return { authorization: `Bearer ${JSON.parse((await signIn()).body).accessToken}` };
}

describe('an answer of a function is the answer of the service', () => {
  /** @type {[name: keyof typeof lambda, url: string, options?: import('./event.mjs').Options][]} */
  const requests = [
    ['properties', '/v1/properties?limit=3&sort=price'],
    ['properties', '/v1/properties?city=Bogot%C3%A1&q=a,b&limit=2'],
    ['properties', '/v1/properties?limit=3&limit=4'],
    ['properties', '/v1/properties?status=en_venta,vendido&limit=2'],
    ['properties', '/v1/properties?city=%zz'],
    ['properties', '/v1/properties/1%3F2'],
    ['properties', '/v1/properties/999999999'],
    ['properties', '/health/ready'],
    ['properties', '/v1/properties/1', { headers: { accept: 'text/html;q=0' } }],
    ['properties', '/v1/properties?limit=3', { method: 'HEAD' }],
    ['properties', '/v1/properties?limit=3', { method: 'PUT' }],
    ['ranking', '/v1/ranking/properties'],
    ['ranking', '/ranking'],
    ['ranking', '/ranking/icon.svg'],
    ['accounts', '/v1/me', { headers: { authorization: 'Bearer x' } }],
    ['accounts', '/v1/auth/login', { method: 'POST', headers: JSON_BODY, body: '{"username":' }],
    ['likes', '/v1/properties/1/like', { method: 'PUT' }],
  ];
  for (const [name, url, options = {}] of requests) {
    it(`${options.method ?? 'GET'} ${url}`, async () => {
      const sent = { ...options, headers: { 'accept-encoding': 'identity', ...options.headers } };
      const own = await ask(name, url, sent);
      const response = await fetch(service + url, sent);
      assert.equal(own.statusCode, response.status);
      /** @param {[string, string][]} entries */
      const kept = (entries) =>
        Object.fromEntries(entries.filter(([key]) => !OWN_HEADERS.includes(key)).toSorted());
      assert.deepEqual(kept(Object.entries(own.headers)), kept([...response.headers]));
      /** @param {string} text */
      const body = (text) =>
        text.replace(/"(requestId|uptimeSeconds|asOf)":[^,}]*|"services":\[[^\]]*\]/g, '');
      assert.equal(body(String(bytesOf(own))), body(await response.text()));
    });
  }
});

it('puts cookies into `cookies`, and reads them from there', async () => {
  const { statusCode, cookies = [], headers } = await signIn('session');
  assert.equal(statusCode, 200);
  assert.deepEqual(
    cookies.map((cookie) => cookie.split('=', 1)[0]),
    ['__Secure-access', '__Secure-refresh', '__Secure-device'],
  );
  assert.equal(headers['set-cookie'], undefined);
  assert.match(cookies[0] ?? '', /; Secure/);
  const pairs = cookies.map((cookie) => cookie.slice(0, cookie.indexOf(';')));
  const renewed = await ask('accounts', '/v1/auth/session/refresh', { method: 'POST', cookies: pairs });
  assert.equal(renewed.statusCode, 204);
  assert.equal(renewed.cookies?.length, 2);
});

it('reads a body in base64', async () => {
  const body = JSON.stringify({
    username: `maría${process.pid}`,
    email: 'm@example.com',
    password: 'cinco-árboles-altos',
  });
  const options = { method: 'POST', headers: JSON_BODY, body, base64: true };
  const { statusCode, body: text } = await ask('accounts', '/v1/auth/register', options);
  assert.equal(statusCode, 201, text);
  assert.match(text, /"username":"maría/);
});

it('removes the stage from the path', async () => {
  const options = { stage: 'prod' };
  const { statusCode, headers } = await ask('properties', '/v1/properties?limit=1', options);
  assert.equal(statusCode, 200);
  assert.match(headers.link ?? '', /^<\?limit=1&cursor=/);
  assert.equal((await askJson('properties', '/v1/nothing', options)).instance, '/v1/nothing');
});

it('compresses in base64', async () => {
  const options = { headers: { 'accept-encoding': 'gzip' } };
  const answer = await ask('properties', '/v1/properties?limit=50', options);
  assert.equal(answer.headers['content-encoding'], 'gzip');
  assert.equal(JSON.parse(String(gunzipSync(bytesOf(answer)))).items.length, 50);
});

it('answers Swagger UI from the bundle, also its icon', async () => {
  const icon = await ask('ranking', '/docs/favicon-32x32.png');
  assert.deepEqual([...bytesOf(icon).subarray(1, 4)], [...Buffer.from('PNG')]);
  assert.equal((await ask('ranking', '/docs/swagger-ui-bundle.js')).statusCode, 200);
});

describe('a CSV', () => {
  const url = '/v1/ranking/properties.csv';
  const city = `?city=${encodeURIComponent('Peñón de la Ñapa')}`;

  it('of 5 MB arrives whole', async () => {
    const { statusCode, body } = await ask('ranking', url + city, { headers: await authorization() });
    assert.equal(statusCode, 200);
    assert.ok(Buffer.byteLength(body) > 5 * MB, `it has ${Buffer.byteLength(body)} bytes`);
    assert.equal(body.trimEnd().split('\r\n').length, 18_001);
  });

  it('above the limit of Lambda is a problem, and arrives compressed', async () => {
    await database.query(
      "update property set neighbourhood = repeat('barrio ', 8) where city = 'Peñón de la Ñapa'",
    );
    const headers = await authorization();
    const tooLong = await ask('ranking', url, { headers });
    assert.equal(tooLong.statusCode, 406, `${tooLong.body.length} bytes`);
    assert.match(JSON.parse(tooLong.body).detail, /Accept-Encoding: gzip/);
    const answer = await ask('ranking', url, { headers: { ...headers, 'accept-encoding': 'gzip' } });
    assert.equal(answer.statusCode, 200);
    assert.ok(gunzipSync(bytesOf(answer)).length > 6 * MB);
  });
});

describe('an environment', () => {
  /** @type {LambdaEnvironment} */
  let environment;
  before(async () => {
    for (const each of Object.values(lambda)) each.process.kill('SIGKILL');
    main.kill('SIGKILL');
    while ((await connectionIds(database)).length > 0) await pause(50);
    environment = await LambdaEnvironment.start(folder, 'properties', SETTINGS);
    lambda.properties = environment;
  });

  it('opens two connections at most, and reuses them', async () => {
    await ask('properties', '/v1/properties/facets?city=Bogot%C3%A1');
    const ids = await connectionIds(database);
    assert.ok(ids.length <= 2, `${ids.length} connections`);
    for (let i = 0; i < 20; i++)
      assert.equal((await ask('properties', `/v1/properties?limit=2&minPrice=${i}`)).statusCode, 200);
    const later = await connectionIds(database);
    assert.ok(later.length <= 2, `${later.length} connections`);
    assert.deepEqual(ids, later.slice(0, ids.length));
  });

  it(
    'answers after a freeze in which the database ended its connections',
    { timeout: FROZEN_MS + 60_000 },
    async () => {
      environment.process.kill('SIGSTOP');
      const ended = await connectionIds(database);
      assert.ok(ended.length > 0);
      for (const id of ended) await database.query(`kill ${id}`);
      await pause(FROZEN_MS);
      environment.process.kill('SIGCONT');
      for (const path of [
        '/v1/properties?limit=5&minPrice=1000',
        '/v1/properties/1',
        '/v1/properties/facets',
      ])
        assert.equal((await ask('properties', path)).statusCode, 200);
      assert.doesNotMatch(environment.output, /"level":"(error|warn)"/);
    },
  );

  it('ends its connections at SIGTERM', async () => {
    const aborted = async () => (await database.query("show global status like 'Aborted_clients'"))[0];
    const before = performance.now();
    const abortedBefore = await aborted();
    environment.process.kill('SIGTERM');
    await environment.ended;
    // AWS kills the process after two seconds.
    assert.ok(performance.now() - before < 2_000);
    assert.deepEqual(await connectionIds(database), []);
    assert.deepEqual(await aborted(), abortedBefore);
  });

  it('reads the secrets that the settings name', async () => {
    /** @type {Record<string, string>} */
    const secrets = {
      login: JSON.stringify({ username: SETTINGS.DATABASE_USER, password: SETTINGS.DATABASE_PASSWORD }),
      key: SETTINGS.JWT_SECRET,
    };
    const server = createServer(async (request, response) => {
      const { SecretId } = JSON.parse(String(Buffer.concat(await request.toArray())));
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ SecretString: secrets[SecretId] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // The runtime of Lambda has the SDK.
    const sdk = join(folder, 'node_modules/@aws-sdk');
    symlinkSync(join(import.meta.dirname, '../node_modules/@aws-sdk'), sdk);
    const { DATABASE_USER, DATABASE_PASSWORD, JWT_SECRET, ...others } = SETTINGS;
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    lambda.properties = await LambdaEnvironment.start(folder, 'properties', {
      ...others,
      DATABASE_SECRET_ARN: 'login',
      JWT_SECRET_ARN: 'key',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    });
    assert.equal((await ask('properties', '/v1/properties?limit=1')).statusCode, 200);
    server.closeAllConnections();
    server.close();
  });

  it('reports a wrong setting as an error of its start', async () => {
    const wrong = await LambdaEnvironment.start(folder, 'likes', { ...SETTINGS, JWT_SECRET: 'short' });
    lambda.likes = wrong;
    await assert.rejects(
      wrong.invoke(eventOf('/v1/me/likes')),
      /JWT_SECRET must have at least 32 characters/,
    );
  });
});
