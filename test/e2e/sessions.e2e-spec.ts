import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, PASSWORD, post } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

const SESSION = '/v1/auth/session';
const RANKING = '/v1/ranking/properties';

useApp();

beforeAll(async () => {
  await addUsers(database, ['sonia', 'olga'], { isStaff: true });
  await addUsers(database, ['beto']);
});

interface Cookie {
  value: string;
  attributes: string[];
}
function cookiesOf({ headers }: Answer): Record<string, Cookie> {
  const set = [headers['set-cookie'] ?? []].flat();
  return Object.fromEntries(
    set.map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      return [name, { value, attributes: attributes.filter((word) => !word.startsWith('Expires')) }];
    }),
  );
}
const cookie = (cookies: Record<string, Cookie>) => ({
  cookie: Object.entries(cookies)
    .map(([name, { value }]) => `${name}=${value}`)
    .join('; '),
});
async function signIn(username: string): Promise<Record<string, Cookie>> {
  return cookiesOf(await post(app, SESSION, { username, password: PASSWORD }));
}
const refresh = (cookies: Record<string, Cookie>) =>
  ask(app, `${SESSION}/refresh`, { method: 'POST', headers: cookie(cookies) });

describe('POST /v1/auth/session', () => {
  it('gives tokens only in cookies, which are HttpOnly and SameSite', async () => {
    const answer = await post(app, SESSION, { username: 'sonia', password: PASSWORD });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        id: expect.any(Number),
        username: 'sonia',
        email: 'sonia@example.com',
        isStaff: true,
        emailConfirmed: null,
      },
    ]);
    const strict = ['HttpOnly', 'Secure', 'SameSite=Strict'];
    const { '__Secure-access': access, '__Secure-refresh': next } = cookiesOf(answer);
    expect(access!.attributes).toEqual(['Max-Age=900', 'Path=/v1', ...strict]);
    expect(next!.attributes).toEqual([
      expect.stringMatching(/^Max-Age=43(200|1[5-9]\d)$/),
      `Path=${SESSION}`,
      ...strict,
    ]);
  });

  it('gives cookies without `Secure`, under names without prefix, when INSECURE_COOKIES is set', async () => {
    const insecure = await startApp({ ...database.config, insecureCookies: true });
    try {
      const cookies = cookiesOf(await post(insecure, SESSION, { username: 'sonia', password: PASSWORD }));
      expect(Object.keys(cookies)).toEqual(['access', 'refresh', 'device']);
      for (const { attributes } of Object.values(cookies)) expect(attributes).not.toContain('Secure');
      expect((await ask(insecure, RANKING, { headers: cookie(cookies) })).status).toBe(200);
      // No other process accepts them.
      expect((await ask(app, RANKING, { headers: cookie(cookies) })).status).toBe(401);
    } finally {
      await insecure.close();
    }
  });

  it('sets the cookie path to the prefix that the page names, and refuses any other text', async () => {
    const pathsFor = async (basePath: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', 'x-base-path': basePath };
      const payload = JSON.stringify({ username: 'sonia', password: PASSWORD });
      const { '__Secure-device': device, ...cookies } = cookiesOf(
        await ask(app, SESSION, { method: 'POST', headers, payload }),
      );
      expect(device!.attributes).toEqual(
        expect.arrayContaining(
          cookies['__Secure-refresh']!.attributes.filter((word) => word.startsWith('Path')),
        ),
      );
      // Only a sign-in chooses the path, so a script of another page cannot move the cookies.
      const again = { ...cookie(cookies), 'x-base-path': '/elsewhere' };
      const next = cookiesOf(await ask(app, `${SESSION}/refresh`, { method: 'POST', headers: again }));
      const gone = cookiesOf(await ask(app, SESSION, { method: 'DELETE', headers: again }));
      const paths = [cookies, next, gone].map((set) =>
        Object.values(set).flatMap(({ attributes }) => attributes.filter((word) => word.startsWith('Path'))),
      );
      expect([paths[1], paths[2]]).toEqual([paths[0], paths[0]]);
      return paths[0];
    };
    for (const prefix of ['/listings', '/a-b/c.d/%C3%B1'])
      expect(await pathsFor(prefix)).toEqual([`Path=${prefix}/v1`, `Path=${prefix}${SESSION}`]);
    for (const text of [
      '',
      '/',
      '/..',
      '/a/../b',
      'listings',
      '/a; Domain=x',
      '/a/',
      '//evil',
      '/a b',
      `/${'x'.repeat(200)}`,
    ])
      expect([text, await pathsFor(text)]).toEqual([text, ['Path=/v1', `Path=${SESSION}`]]);
  });

  it('tells non-staff users that they are not staff, and gives no cookie', async () => {
    const answer = await post(app, SESSION, { username: 'beto', password: PASSWORD });
    expect([answer.status, answer.body.isStaff, cookiesOf(answer)]).toEqual([200, false, {}]);
  });

  it('ends the sign-in that this browser had before, and no other', async () => {
    const [before, elsewhere] = [await signIn('sonia'), await signIn('sonia')];
    const answer = await ask(app, SESSION, {
      method: 'POST',
      payload: JSON.stringify({ username: 'sonia', password: PASSWORD }),
      headers: { ...cookie(before), 'content-type': 'application/json' },
    });
    expect((await refresh(before)).status).toBe(401);
    expect((await refresh(cookiesOf(answer))).status).toBe(204);
    expect((await refresh(elsewhere)).status).toBe(204);
  });

  it('401 without a cookie for a wrong password', async () => {
    const answer = await post(app, SESSION, { username: 'sonia', password: 'wrong-password' });
    expect([answer.status, cookiesOf(answer)]).toEqual([401, {}]);
  });

  it('lets staff read the ranking, and refuses writes and the routes of users', async () => {
    const propertyId = await addProperty(database);
    const headers = cookie(await signIn('sonia'));
    const answer = await ask(app, RANKING, { headers });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'private, no-cache']);
    expect(answer.headers.vary).toContain('Cookie');
    expect((await ask(app, RANKING)).status).toBe(401);
    expect((await ask(app, RANKING, { headers: { ...headers, authorization: 'Bearer x' } })).status).toBe(
      401,
    );
    expect((await ask(app, '/v1/me', { headers })).status).toBe(401);
    expect((await ask(app, `/v1/properties/${propertyId}/visibility`, { headers })).status).toBe(401);
    expect((await ask(app, `/v1/properties/${propertyId}/like`, { method: 'PUT', headers })).status).toBe(
      401,
    );
    const change = await ask(app, `/v1/properties/${propertyId}`, {
      method: 'PATCH',
      payload: '{"year":1}',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    expect(change.status).toBe(401);
  });
});

describe('POST /v1/auth/session/refresh', () => {
  it('gives new cookies once; a second use revokes the sign-in', async () => {
    const first = await signIn('sonia');
    const answer = await refresh(first);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const second = cookiesOf(answer);
    expect((await ask(app, RANKING, { headers: cookie(second) })).status).toBe(200);
    expect((await refresh(first)).status).toBe(401);
    expect((await refresh(second)).status).toBe(401);
    expect((await refresh({})).status).toBe(401);
  });
});

describe('DELETE /v1/auth/session', () => {
  it('ends every sign-in of this user, of no other user, and clears the cookies', async () => {
    const [here, there, other] = [await signIn('sonia'), await signIn('sonia'), await signIn('olga')];
    const { body } = await post(app, '/v1/auth/login', { username: 'sonia', password: PASSWORD });
    const answer = await ask(app, SESSION, { method: 'DELETE', headers: cookie(here) });
    expect(answer.headers['clear-site-data']).toBe('"cache"');
    expect([answer.status, Object.values(cookiesOf(answer)).map(({ value }) => value)]).toEqual([
      204,
      ['', ''],
    ]);
    expect((await refresh(there)).status).toBe(401);
    expect((await post(app, '/v1/auth/refresh', { refreshToken: body.refreshToken })).status).toBe(401);
    expect((await refresh(other)).status).toBe(204);
    expect((await ask(app, SESSION, { method: 'DELETE' })).status).toBe(204);
  });

  it('does nothing with the cookie of a sign-in that had ended', async () => {
    const old = await signIn('sonia');
    await ask(app, SESSION, { method: 'DELETE', headers: cookie(old) });
    const now = await signIn('sonia');
    expect((await ask(app, SESSION, { method: 'DELETE', headers: cookie(old) })).status).toBe(204);
    expect((await refresh(now)).status).toBe(204);
  });
});

describe('the routes that write cookies', () => {
  const payload = JSON.stringify({ username: 'sonia', password: PASSWORD });
  const routes = [
    ['POST', SESSION, payload],
    ['POST', `${SESSION}/refresh`, undefined],
    ['DELETE', SESSION, undefined],
  ] as const;
  /** The status of each route, with the cookies of a new sign-in. */
  const statuses = async (headers: Record<string, string>, service = app) => {
    const found: number[] = [];
    for (const [method, path, body] of routes) {
      const own = cookie(await signIn('olga'));
      const type = body && { 'content-type': 'application/json' };
      const request = { method, payload: body, headers: { ...own, ...type, ...headers } };
      found.push((await ask(service, path, request)).status);
    }
    return found;
  };
  const refused = [403, 403, 403];
  const done = [200, 204, 204];

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, done],
    [{ 'sec-fetch-site': 'none' }, done],
    [{ 'sec-fetch-site': 'same-site' }, refused],
    [{ 'sec-fetch-site': 'cross-site' }, refused],
    [{ host: 'homes.example.com', origin: 'https://homes.example.com' }, done],
    [{ host: 'homes.example.com', origin: 'https://other.example.com' }, refused],
    [{ host: 'homes.example.com', origin: 'null' }, refused],
    // A stranger cannot say which host it is.
    [
      { host: 'homes.example.com', origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
      refused,
    ],
  ])('%j', async (headers, expected) => {
    expect(await statuses(headers)).toEqual(expected);
  });

  it('compare the origin with the host that a trusted proxy names', async () => {
    const proxied = await startApp({ ...database.config, trustedProxies: ['loopback'] });
    try {
      const headers = { host: '127.0.0.1:8000', 'x-forwarded-host': 'homes.example.com' };
      expect(await statuses({ ...headers, origin: 'https://homes.example.com' }, proxied)).toEqual(done);
      expect(await statuses({ ...headers, origin: 'http://127.0.0.1:8000' }, proxied)).toEqual(refused);
    } finally {
      await proxied.close();
    }
  });
});
