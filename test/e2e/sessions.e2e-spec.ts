import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, PASSWORD, post } from '../support/accounts.js';
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
    const strict = ['HttpOnly', 'SameSite=Strict'];
    const { access, refresh: next } = cookiesOf(answer);
    expect(access!.attributes).toEqual(['Max-Age=900', 'Path=/v1', ...strict]);
    expect(next!.attributes).toEqual(['Max-Age=2592000', `Path=${SESSION}`, ...strict]);
    const { headers } = await ask(app, SESSION, {
      method: 'POST',
      payload: JSON.stringify({ username: 'sonia', password: PASSWORD }),
      headers: { 'content-type': 'application/json', host: 'homes.example.com' },
    });
    expect(String(headers['set-cookie'])).toContain('Secure');
  });

  it('sets the cookie path to the prefix that the page names, and refuses any other text', async () => {
    const pathsFor = async (basePath: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', 'x-base-path': basePath };
      const payload = JSON.stringify({ username: 'sonia', password: PASSWORD });
      const cookies = cookiesOf(await ask(app, SESSION, { method: 'POST', headers, payload }));
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
    expect([answer.status, Object.values(cookiesOf(answer)).map(({ value }) => value)]).toEqual([
      204,
      ['', ''],
    ]);
    expect((await refresh(there)).status).toBe(401);
    expect((await post(app, '/v1/auth/refresh', { refreshToken: body.refreshToken })).status).toBe(401);
    expect((await refresh(other)).status).toBe(204);
    expect((await ask(app, SESSION, { method: 'DELETE' })).status).toBe(204);
  });
});
