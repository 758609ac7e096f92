import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { addProperty } from '../support/factories.js';
import { FakeRedis } from '../support/fake-redis.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

useDatabase();

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const MARKER = 'Marcadorzuela';

const folder = mkdtempSync(join(tmpdir(), 'tracing-'));
const headersFile = join(folder, 'headers');

let receiver: OtlpReceiver;
let redis: FakeRedis;
let provider: Server;
let keyRequest: IncomingHttpHeaders | undefined;
let run: Run;
let address: string;
let id: number;

beforeAll(async () => {
  writeFileSync(headersFile, 'authorization=Basic%20aGFiaQ\n');
  id = await addProperty(database);
  await addUsers(database, ['rosalinda']);
  receiver = await OtlpReceiver.start();
  redis = await FakeRedis.start();
  provider = createServer(({ headers }, response) => {
    keyRequest = headers;
    response.end('{"keys":[]}');
  });
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  run = startProcess(database, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_SERVICE_NAME: 'houses',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_EXPORTER_OTLP_HEADERS_FILE: headersFile,
    REDIS_URL: redis.url,
    JWT_JWKS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`,
    JWT_ISSUER: 'https://id.example',
    JWT_AUDIENCE: 'https://api.example',
  });
  address = await listening(run);
});
afterAll(async () => {
  run.child.kill('SIGTERM');
  await run.ended;
  receiver.stop();
  rmSync(folder, { recursive: true });
  provider.close();
  await redis.stop();
});

/** @returns the spans of the request's trace, when all of them have arrived */
async function spansOf(path: string, traceId: string, init: RequestInit = {}): Promise<ReceivedSpan[]> {
  const headers = { ...(init.headers as Record<string, string>), traceparent: `00-${traceId}-${PARENT}-01` };
  await (await fetch(address + path, { ...init, headers })).text();
  const own = (): ReceivedSpan[] => receiver.spans.filter((span) => span.traceId === traceId);
  await until(async () => own().some(({ kind }) => kind === 'SERVER'));
  return own();
}

describe('with an endpoint of OpenTelemetry', () => {
  it('a request continues the trace of its caller, with its statements', async () => {
    const spans = await spansOf(`/v1/properties?q=${MARKER}&limit=7`, TRACE);
    const request = spans.find(({ kind }) => kind === 'SERVER')!;
    expect(request).toMatchObject({
      name: 'GET /v1/properties',
      parentId: PARENT,
      service: 'houses',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v1/properties',
        'http.response.status_code': 200,
      },
    });
    const ofRequest = spans.filter(({ parentId }) => parentId === request.spanId);
    expect(ofRequest.length).toBe(spans.length - 1);
    // From OTEL_EXPORTER_OTLP_HEADERS_FILE.
    expect(receiver.authorization).toBe('Basic aGFiaQ');
    const texts = ofRequest.map(({ attributes }) => String(attributes['db.query.text'] ?? ''));
    expect(texts).toContainEqual(expect.stringMatching(/^select p\.id, .*instr\(w\.words, \?\) > \?/s));
  });

  it('a command of Redis is a span of its request, without its arguments', async () => {
    await until(async () => (await (await fetch(`${address}/health/ready`)).text()).includes('"cache":"up"'));
    let spans: ReceivedSpan[] = [];
    // On a busy machine Redis is left alone for a while.
    for (let limit = 1; !spans.some(({ name }) => name === 'GET') && limit < 40; limit++)
      spans = await spansOf(`/v1/properties?limit=${limit}`, TRACE.replace(/^../, String(limit + 10)));
    const commands = spans.filter(({ attributes }) => attributes['db.system.name'] === 'redis');
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['GET', 'PTTL']));
    for (const { kind, attributes, parentId } of commands) {
      // On a busy machine a command may be too late.
      const names = Object.keys(attributes).filter((name) => name !== 'error.type');
      expect([kind, names]).toEqual(['CLIENT', ['db.system.name', 'db.operation.name']]);
      expect(spans.map(({ spanId }) => spanId)).toContain(parentId);
    }
  });

  it('a value that the text of a statement has is left out', async () => {
    const corners = '-74.0718293,4.6182739,-74.1718293,4.6182739,-74.1718293,4.7182739';
    const spans = await spansOf(`/v1/properties?polygon=${corners}`, TRACE.replace('4', '7'));
    const texts = spans.map(({ attributes }) => String(attributes['db.query.text'] ?? ''));
    expect(texts).toContainEqual(expect.stringContaining('case when s.latitude between ? and ?'));
    expect(receiver.raw).not.toMatch(/718293|182739/);
  });

  it('a request with a body keeps its trace; no span has a value of a parameter, and each log line has the trace', async () => {
    const traceId = TRACE.replace('4', '5');
    const spans = await spansOf('/v1/auth/login', traceId, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'rosalinda', password: PASSWORD }),
    });
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['POST /v1/auth/login', 'SELECT', 'INSERT']),
    );
    await until(async () => run.output().includes(`"traceId":"${traceId}"`));
    expect(receiver.raw).not.toMatch(new RegExp(`${MARKER}|rosalinda|127\\.0\\.0\\.1:\\d+/`, 'i'));
    expect(receiver.raw).not.toContain(PASSWORD);
  });

  it('the service sends the trace to the identity provider', async () => {
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const payload = { iss: 'https://id.example', aud: 'https://api.example', sub: 'x', exp: 4e9 };
    const token = `${encode({ alg: 'RS256', kid: 'unknown' })}.${encode(payload)}.c2lnbmF0dXJl`;
    const traceId = TRACE.replace('4', '6');
    const spans = await spansOf('/v1/me', traceId, { headers: { authorization: `Bearer ${token}` } });
    const outgoing = spans.find(({ name }) => name === 'GET')!;
    expect(outgoing).toMatchObject({ kind: 'CLIENT', attributes: { 'http.response.status_code': 200 } });
    expect(keyRequest?.traceparent).toBe(`00-${traceId}-${outgoing.spanId}-01`);
  });

  it('a step of a worker that changed something is a trace with its statements, and no other step is', async () => {
    await database.run(
      'insert into property_likes (user_id, property_id, created_at) select id, ?, now() from auth_user',
      [id],
    );
    const before = receiver.spans.length;
    const steps = (from = 0): ReceivedSpan[] =>
      receiver.spans.slice(from).filter(({ attributes }) => attributes['worker.step'] !== undefined);
    await until(async () =>
      ['ranking', 'catch-up'].every((name) => steps(before).some((step) => step.name === name)),
    );
    for (const step of steps().filter(({ parentId }) => parentId === '')) {
      const names = receiver.spans.filter(({ traceId }) => traceId === step.traceId).map(({ name }) => name);
      expect(names).toContainEqual(expect.stringMatching(/^(INSERT|UPDATE|DELETE|REPLACE|CALL)$/));
    }
  });
});
