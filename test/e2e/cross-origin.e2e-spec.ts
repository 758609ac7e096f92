import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Public } from '../../src/accounts/access.decorators.js';
import { ProblemError } from '../../src/http/problem.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

const ORIGIN = 'https://habi.co';

// Errors that real routes rarely give.
@Public()
@Controller('v1/probe')
class ProbeController {
  @Get('fault')
  fail(): never {
    throw new Error('a fault');
  }

  @Get('away')
  away(): never {
    throw new ProblemError('unavailable');
  }

  @Get('slow')
  async wait(): Promise<void> {
    await setTimeout(20_000, undefined, { ref: false });
  }
}

let pageOrigin: string;
let properties: number[];
const corsOrigins = [ORIGIN];

useApp({
  settings: { corsOrigins, rateLimitSignInPerMinute: 3 },
  controllers: [ProbeController],
  prepare: servePages,
});
beforeAll(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  await addUsers(database, ['ana']);
  properties = await addProperties(database, [{}, {}]);
  await app.listen(0, '127.0.0.1');
});

/** Serves a page of another origin, which the app allows. */
async function servePages(): Promise<void> {
  const pages = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>A page of another origin</title>');
  });
  atEnd(() => pages.close());
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  pageOrigin = `http://127.0.0.1:${(pages.address() as { port: number }).port}`;
  corsOrigins.push(pageOrigin);
}

const preflight = (url: string, method: string, headers = '', origin = ORIGIN) =>
  ask(app, url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers && { 'access-control-request-headers': headers }),
    },
  });

describe('a preflight', () => {
  it.each([
    ['PUT', '/v1/properties/1/like', 'authorization,x-request-id'],
    ['DELETE', '/v1/properties/1/like', 'authorization'],
    ['PATCH', '/v1/properties/1', 'authorization,content-type,if-match'],
    ['POST', '/v1/properties', 'authorization,content-type'],
    ['GET', '/v1/properties', 'authorization,if-none-match,traceparent'],
    ['HEAD', '/v1/properties', 'authorization'],
  ])('allows %s with every header', async (method, url, headers) => {
    const answer = await preflight(url, method, headers);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-headers': headers,
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Headers',
    });
    expect(answer.headers['access-control-allow-methods']!.split(', ')).toContain(method);
    // A page of another origin sends a token in a header. The cookies of this service are not meant for it.
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each(['https://evil.example', 'null', 'https://habi.co.evil.example', 'http://habi.co'])(
    'allows nothing to %s',
    async (origin) => {
      const answer = await preflight('/v1/properties/1', 'PATCH', 'if-match', origin);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('gets a 405 from a service without CORS_ORIGINS', async () => {
    const closed = await startApp(database.config);
    const { status, headers } = await ask(closed, '/v1/properties', {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'GET' },
    });
    await closed.close();
    expect([status, headers['access-control-allow-origin']]).toEqual([405, undefined]);
  });
});

describe('a problem', () => {
  const json = { 'content-type': 'application/json' };
  const refusals: [number, string, Parameters<typeof ask>[2]][] = [
    [400, '/v1/properties?limit=0', {}],
    [400, '/v1/properties/%zz', {}],
    [401, '/v1/me', {}],
    [404, '/v1/properties/999999', {}],
    [404, '/v1/nothing', { method: 'PUT' }],
    [405, '/v1/places', { method: 'DELETE' }],
    [406, '/v1/properties', { headers: { accept: 'text/html' } }],
    [413, '/v1/auth/register', { method: 'POST', headers: json, payload: `"${'x'.repeat(1 << 20)}"` }],
    [415, '/v1/auth/register', { method: 'POST', headers: { 'content-type': 'text/plain' }, payload: 'x' }],
    [422, '/v1/auth/register', { method: 'POST', headers: json, payload: '{}' }],
    [500, '/v1/probe/fault', {}],
    [503, '/v1/probe/away', {}],
    [503, '/v1/probe/slow', {}],
  ];
  it.each(refusals)('%d of %s is readable for a page', async (status, url, options) => {
    const answer = await ask(app, url, { ...options, headers: { origin: ORIGIN, ...options?.headers } });
    expect([answer.status, answer.body.status]).toEqual([status, status]);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers':
        'Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
      vary: expect.stringContaining('Origin'),
    });
  });

  it('of a failed precondition or a rate limit is readable for a page', async () => {
    const staff = await signIn(app, 'sonia');
    const headers = { origin: ORIGIN, ...staff, ...json, 'if-match': '"old"' };
    const url = `/v1/properties/${properties[0]}`;
    const changed = await ask(app, url, { method: 'PATCH', headers, payload: '{"year":2000}' });
    expect([changed.status, changed.headers['access-control-allow-origin']]).toEqual([412, ORIGIN]);

    const guess = { method: 'POST', headers: { origin: ORIGIN, ...json, 'x-request-id': 'guess' } };
    for (;;) {
      const payload = JSON.stringify({ username: 'nobody', password: 'wrong-password' });
      const answer = await ask(app, '/v1/auth/login', { ...guess, payload });
      expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN);
      if (answer.status === 429) break;
      expect(answer.status).toBe(401);
    }
  });
});

describeWith('browser', 'a page of another origin, in a browser', () => {
  it('likes, unlikes and edits, and reads headers and problems', async () => {
    const token = (await signedIn('sonia')).slice('Bearer '.length);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(pageOrigin);
      const seen = await page.evaluate(SCRIPT, {
        api: await app.getUrl(),
        id: properties[1]!,
        token,
      });
      expect(seen).toEqual({
        refused: [401, 'urn:problem:not-signed-in', true],
        liked: [201, 'like-1'],
        count: 1,
        unliked: 204,
        unchanged: 304,
        edited: [200, 1987, true],
        outdated: [412, 'urn:problem:property-has-changed'],
        created: [201, true],
        next: 200,
      });
    } finally {
      await browser.close();
    }
  }, 60_000);
});

async function signedIn(username: string): Promise<string> {
  // A process of its own has its own limit.
  const other = await startApp(database.config);
  const { authorization } = await signIn(other, username);
  await other.close();
  return authorization;
}

/** The script of the page. The page compiles it, so it cannot use anything from this file. */
async function SCRIPT({ api, id, token }: { api: string; id: number; token: string }): Promise<object> {
  const url = `${api}/v1/properties/${id}`;
  const call = (to: string, method: string, headers: Record<string, string> = {}, body?: object) =>
    fetch(to, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const refused = await fetch(`${url}/like`, { method: 'PUT' });
  const refusal = (await refused.json()) as { type: string };
  const liked = await call(`${url}/like`, 'PUT', { 'x-request-id': 'like-1' });
  const likes = (await (await call(`${url}/likes`, 'GET')).json()) as { count: number };
  const unliked = await call(`${url}/like`, 'DELETE');
  const etag = (await fetch(url, { cache: 'no-store' })).headers.get('etag') ?? '';
  const unchanged = await fetch(url, { headers: { 'if-none-match': etag }, cache: 'no-store' });
  const edited = await call(url, 'PATCH', { 'if-match': etag }, { year: 1987 });
  const property = (await edited.json()) as { year: number };
  const outdated = await call(url, 'PATCH', { 'if-match': etag }, { year: 1988 });
  const problem = (await outdated.json()) as { type: string };
  const data = { address: 'Calle 1', city: 'Cali', price: 1, status: 'en_venta' };
  const created = await call(`${api}/v1/properties`, 'POST', {}, data);
  const location = new URL(created.headers.get('location') ?? 'missing', created.url);
  const first = await fetch(`${api}/v1/properties?limit=1`);
  const link = /<(.*)>/.exec(first.headers.get('link') ?? '')?.[1] ?? 'missing';
  return {
    refused: [refused.status, refusal.type, refused.headers.has('x-request-id')],
    liked: [liked.status, liked.headers.get('x-request-id')],
    count: likes.count,
    unliked: unliked.status,
    unchanged: unchanged.status,
    edited: [edited.status, property.year, edited.headers.get('etag') !== etag],
    outdated: [outdated.status, problem.type],
    created: [created.status, (await fetch(location)).ok],
    next: (await fetch(new URL(link, first.url))).status,
  };
}
