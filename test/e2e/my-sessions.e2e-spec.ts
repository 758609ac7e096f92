import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SessionsService } from '../../src/accounts/sessions.service.js';
import { SignInRepository } from '../../src/accounts/sign-in.repository.js';
import { addUsers, PASSWORD, post } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

const SESSIONS = '/v1/me/sessions';

useApp();

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

let made = 0;
let username: string;
let userId: number;
beforeAll(async () => {
  await addProperty(database);
});

/** A new user for each test. */
async function newUser(): Promise<void> {
  username = `user-${++made}`;
  [userId] = (await addUsers(database, [username])) as [number];
}

async function login(userAgent = 'curl/8.5.0'): Promise<Tokens> {
  const { body } = await ask(app, '/v1/auth/login', {
    method: 'POST',
    payload: JSON.stringify({ username, password: PASSWORD }),
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
  });
  return body;
}
const refresh = ({ refreshToken }: Tokens) => post(app, '/v1/auth/refresh', { refreshToken });
const as = ({ accessToken }: Tokens) => ({ headers: { authorization: `Bearer ${accessToken}` } });
const me = async (tokens: Tokens, service = app) => (await ask(service, '/v1/me', as(tokens))).status;
const list = async (tokens: Tokens) => (await ask(app, SESSIONS, as(tokens))).body.items;
const end = async (tokens: Tokens, id?: string) =>
  (await ask(app, id === undefined ? SESSIONS : `${SESSIONS}/${id}`, { ...as(tokens), method: 'DELETE' }))
    .status;

describe('GET /v1/me/sessions', () => {
  it('lists the sign-ins of the caller that are not over', async () => {
    await newUser();
    const strangers = await login();
    await newUser();
    const [ended, over, here] = [
      await login(),
      await login(),
      await login('Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'),
    ];
    await post(app, '/v1/auth/logout', { refreshToken: ended.refreshToken });
    const rows = await list(over);
    const overId = rows.find(({ current }: { current: boolean }) => current).id;
    await database.run("update sign_in set ends_at = '2026-01-01' where id = ?", [overId]);
    const there = await login();
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const session = { id: expect.any(String), startedAt: time, lastUsedAt: time, endsAt: time };
    const sessions = await list(here);
    expect(sessions).toHaveLength(2);
    expect(sessions).toEqual(
      expect.arrayContaining([
        { ...session, client: 'Firefox on Linux', current: true },
        { ...session, client: 'curl', current: false },
      ]),
    );
    const [{ startedAt, endsAt }] = sessions;
    expect(Date.parse(endsAt) - Date.parse(startedAt)).toBe(30 * 86_400_000);
    expect((await list(there)).filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
    expect(await list(strangers)).toHaveLength(1);
  });
});

describe('personal answers', () => {
  it('are stored by no cache', async () => {
    await newUser();
    const tokens = await login();
    for (const path of [
      '/v1/me',
      SESSIONS,
      '/v1/me/likes',
      '/v1/me/likes/history',
      '/v1/me/likes/lookup?propertyId=1',
    ])
      expect([path, (await ask(app, path, as(tokens))).headers['cache-control']]).toEqual([path, 'no-store']);
  });
});

describe('DELETE /v1/me/sessions/{id}', () => {
  it('ends a sign-in of the caller: its tokens are refused; 204 again', async () => {
    await newUser();
    const [here, there] = [await login(), await login()];
    const { id } = (await list(here)).find(({ current }: { current: boolean }) => !current);
    expect(await me(there)).toBe(200);
    expect(await end(here, id)).toBe(204);
    expect([await me(there), (await refresh(there)).status, await me(here)]).toEqual([401, 401, 200]);
    expect(await end(here, id)).toBe(204);
  });

  it('404 for an unknown id and for the id of another user, whose sign-in goes on', async () => {
    await newUser();
    const stranger = await login();
    const [{ id }] = await list(stranger);
    await newUser();
    const here = await login();
    expect(await end(here, id)).toBe(404);
    expect(await end(here, '00000000-0000-4000-8000-000000000000')).toBe(404);
    expect(await end(here, 'x')).toBe(400);
    expect([await me(stranger), (await refresh(stranger)).status]).toEqual([200, 200]);
  });
});

describe('DELETE /v1/me/sessions', () => {
  it('ends all sign-ins of the caller but the one of its token', async () => {
    await newUser();
    const stranger = await login();
    await newUser();
    const [here, there, elsewhere] = [await login(), await login(), await login()];
    expect(await end(here)).toBe(204);
    expect(await Promise.all([me(here), me(there), me(elsewhere), me(stranger)])).toEqual([
      200, 401, 401, 200,
    ]);
    expect((await refresh(here)).status).toBe(200);
    expect((await refresh(there)).status).toBe(401);
  });
});

describe('SessionsService.endSessionsOf', () => {
  it('ends all sign-ins of a user', async () => {
    await newUser();
    const tokens = await login();
    await app.get(SessionsService).endSessionsOf(userId);
    expect([await me(tokens), (await refresh(tokens)).status]).toEqual([401, 401]);
  });
});

describe('the access tokens of a sign-in that was ended', () => {
  it('are refused by every process within 30 seconds, also where the user is not loaded', async () => {
    await newUser();
    const [tokens, other] = [await login(), await login()];
    const process = await startApp(database.config);
    try {
      expect(await me(tokens, process)).toBe(200);
      await post(app, '/v1/auth/logout', { refreshToken: tokens.refreshToken });
      const endedAt = performance.now();
      await until(async () => (await me(tokens, process)) === 401);
      const like = { ...as(tokens), method: 'PUT' };
      // In a run against separate services, another process answers.
      await until(async () => (await ask(process, '/v1/properties/1/like', like)).status === 401);
      expect(performance.now() - endedAt).toBeLessThan(30_000);
      expect(await me(other, process)).toBe(200);
    } finally {
      await process.close();
    }
  });

  it('are known without a query per request', async () => {
    await newUser();
    const tokens = [await login(), await login()];
    const queries = jest.spyOn(app.get(SignInRepository), 'findEnded');
    for (let i = 0; i < 20; i++) {
      expect(await me(tokens[i % 2]!)).toBe(200);
      // A stranger cannot make the service read them again.
      await post(app, '/v1/auth/logout', { refreshToken: 'x' });
    }
    expect(queries.mock.calls.length).toBeLessThanOrEqual(1);
  });
});

describe('the end of a sign-in', () => {
  it('does not move when its tokens are refreshed, and no token lives longer', async () => {
    await newUser();
    const first = await login();
    const [{ id, endsAt }] = await list(first);
    const second = (await refresh(first)).body;
    expect((await list(second))[0].endsAt).toBe(endsAt);
    await database.run('update sign_in set ends_at = utc_timestamp() + interval 100 second where id = ?', [
      id,
    ]);
    const last: Tokens = (await refresh(second)).body;
    expect(last.expiresIn).toBeGreaterThan(0);
    expect(last.expiresIn).toBeLessThanOrEqual(100);
    const { exp, iat } = JSON.parse(String(Buffer.from(last.accessToken.split('.')[1]!, 'base64url')));
    expect(exp - iat).toBeLessThanOrEqual(100);
    await database.run('update sign_in set ends_at = utc_timestamp() - interval 1 second where id = ?', [id]);
    expect((await refresh(last)).status).toBe(401);
  });
});
