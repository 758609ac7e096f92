import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, memoryStore, ProblemError, type Tokens } from '@property-service/client';

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
const problem = (status: number, type: string, more = {}) =>
  json({ type: `urn:problem:${type}`, status, detail: 'Why.', ...more }, status, 'application/problem+json');

/** A service that accepts the access token `access-N` of the last refresh; each refresh token works once. */
function fakeService({ refreshes = true } = {}) {
  let generation = 1;
  const requests: string[] = [];
  const bodies: string[] = [];
  return {
    requests,
    bodies,
    refreshes: () => requests.filter((request) => request.endsWith('/v1/auth/refresh')).length,
    fetch: async (request: Request): Promise<Response> => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`);
      if (request.url.endsWith('/v1/auth/refresh')) {
        const { refreshToken } = (await request.json()) as Tokens;
        if (!refreshes || refreshToken !== `refresh-${generation}`)
          return problem(401, 'refresh-token-refused');
        generation++;
        return json({ accessToken: `access-${generation}`, refreshToken: `refresh-${generation}` });
      }
      bodies.push(await request.text());
      const isCurrent = request.headers.get('authorization') === `Bearer access-${generation}`;
      return isCurrent ? json({ id: 7 }) : problem(401, 'token-refused');
    },
  };
}

const baseUrl = 'http://service.test';
const outdated: Tokens = { accessToken: 'access-0', refreshToken: 'refresh-1' };

test('requests that are refused at the same time share one refresh', async () => {
  const service = fakeService();
  const tokens = memoryStore(outdated);
  const client = createClient({ baseUrl, tokens, fetch: service.fetch });
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.get('/v1/me')));
  assert.deepEqual(
    answers.map(({ data }) => data.id),
    [7, 7, 7, 7, 7],
  );
  assert.equal(service.refreshes(), 1);
  assert.equal((await tokens.load())?.refreshToken, 'refresh-2');
});

test('a request that is refused after the refresh uses its result', async () => {
  const service = fakeService();
  let release: (() => void) | undefined;
  const slow = new Promise<void>((resolve) => (release = resolve));
  const fetch = async (request: Request): Promise<Response> => {
    const response = await service.fetch(request);
    if (request.url.endsWith('/v1/me/likes') && response.status === 401) await slow;
    return response;
  };
  const client = createClient({ baseUrl, tokens: memoryStore(outdated), fetch });
  const late = client.get('/v1/me/likes');
  await client.get('/v1/me');
  release?.();
  await late;
  assert.equal(service.refreshes(), 1);
});

test('two clients that share a store refresh once, as two tabs do', async () => {
  const service = fakeService();
  const tokens = memoryStore(outdated);
  const clients = [1, 2].map(() => createClient({ baseUrl, tokens, fetch: service.fetch }));
  await Promise.all(clients.map((client) => client.get('/v1/me')));
  assert.equal(service.refreshes(), 1);
});

test('the repeated request has its body', async () => {
  const service = fakeService();
  const client = createClient({ baseUrl, tokens: memoryStore(outdated), fetch: service.fetch });
  const [params, body] = [{ path: { id: 1 } }, { price: 1_000 }];
  await client.patch('/v1/properties/{id}', { params, body });
  assert.deepEqual(service.bodies, ['{"price":1000}', '{"price":1000}']);
});

test('a refused refresh signs the user out, and the caller gets the first 401', async () => {
  const service = fakeService({ refreshes: false });
  const tokens = memoryStore(outdated);
  const client = createClient({ baseUrl, tokens, fetch: service.fetch });
  await assert.rejects(client.get('/v1/me'), { status: 401, type: 'urn:problem:token-refused' });
  assert.equal(await tokens.load(), null);
});

test('a refresh that fails otherwise keeps the tokens', async () => {
  const service = fakeService();
  const tokens = memoryStore(outdated);
  const fetch = async (request: Request) =>
    request.url.endsWith('/v1/auth/refresh') ? problem(503, 'unavailable') : service.fetch(request);
  const client = createClient({ baseUrl, tokens, fetch });
  await assert.rejects(client.get('/v1/me'), { status: 503 });
  assert.deepEqual(await tokens.load(), outdated);
});

test('a sign-out during a refresh stays', async () => {
  const service = fakeService();
  const tokens = memoryStore(outdated);
  const fetch = async (request: Request) => {
    if (request.url.endsWith('/v1/auth/refresh')) await tokens.save(null);
    return service.fetch(request);
  };
  await assert.rejects(createClient({ baseUrl, tokens, fetch }).get('/v1/me'), { status: 401 });
  assert.equal(await tokens.load(), null);
});

test('a wrong password is not answered by a refresh', async () => {
  const service = fakeService();
  const client = createClient({ baseUrl, tokens: memoryStore(outdated), fetch: service.fetch });
  await assert.rejects(client.signIn({ username: 'a', password: 'b' }), { status: 401 });
  assert.deepEqual(service.requests, ['POST /v1/auth/login']);
});

test('a problem has its type, its faults and the time to wait', async () => {
  const fetch = async () => {
    const response = problem(400, 'invalid-parameters', { errors: [{ field: 'limit', message: 'no' }] });
    response.headers.set('retry-after', '7');
    return response;
  };
  const error: unknown = await createClient({ baseUrl, fetch })
    .get('/v1/properties')
    .catch((error) => error);
  assert.ok(ProblemError.is(error, 'urn:problem:invalid-parameters'));
  assert.equal(ProblemError.is(error, 'urn:problem:not-staff'), false);
  assert.deepEqual(
    [error.status, error.message, error.errors[0]?.field, error.retryAfter],
    [400, 'Why.', 'limit', 7],
  );
});

test('an error page of a proxy is a ProblemError too', async () => {
  const fetch = async () => new Response('<h1>Bad gateway</h1>', { status: 502 });
  const call = createClient({ baseUrl, fetch }).get('/v1/properties');
  await assert.rejects(call, { name: 'ProblemError', status: 502, type: 'about:blank', problem: undefined });
});

test('pages are requested when they are asked for, with the same filters', async () => {
  const urls: string[] = [];
  const fetch = async ({ url }: Request) => {
    urls.push(new URL(url).search);
    return json({
      items: [urls.length],
      page: { limit: 1, nextCursor: urls.length < 3 ? `c${urls.length}` : null },
    });
  };
  const client = createClient({ baseUrl, fetch });
  const query = { city: ['Bogotá', 'cali'], limit: 1 };
  for await (const page of client.pages('/v1/properties', { params: { query } })) {
    assert.equal(page.items.length, 1);
    break;
  }
  assert.deepEqual(urls.splice(0), ['?city=Bogot%C3%A1&city=cali&limit=1']);
  const items = [];
  for await (const item of client.items('/v1/properties', { params: { query } })) items.push(item);
  assert.deepEqual(items, [1, 2, 3]);
  assert.equal(urls[2], '?city=Bogot%C3%A1&city=cali&limit=1&cursor=c2');
});

test('an answer that is not JSON is text', async () => {
  const fetch = async () => new Response('rank,propertyId\r\n', { headers: { 'content-type': 'text/csv' } });
  const { data } = await createClient({ baseUrl, fetch }).get('/v1/ranking/properties.csv', {
    parseAs: 'text',
  });
  assert.equal(data, 'rank,propertyId\r\n');
});

test('a 401 about a password, on a route with a token, is not answered by a refresh', async () => {
  const paths: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    paths.push(new URL(request.url).pathname);
    return problem(401, 'sign-in-refused');
  };
  const client = createClient({ baseUrl, tokens: memoryStore(outdated), fetch });
  await assert.rejects(client.post('/v1/me/totp', { body: { password: 'b' } }), { status: 401 });
  assert.deepEqual(paths, ['/v1/me/totp']);
});
