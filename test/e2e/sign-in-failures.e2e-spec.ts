import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { addUsers, djangoHash, PASSWORD } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { realClock, setClock } from '../support/clock.js';
import { until } from '../support/until.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

const FREE = 2;
const QUARTER_HOUR_MS = 900_000;
const WRONG = 'cuatro-casas-azules';

useApp({ settings: { rateLimitSignInPerMinute: FREE } });

let made = 0;
const newAddress = (): string => `192.0.2.${++made}`;
async function newUser(options?: { isStaff?: boolean }): Promise<string> {
  const username = `guest-${++made}`;
  await addUsers(database, [username], options);
  return username;
}

interface SignIn {
  password?: string;
  address?: string;
  path?: string;
  cookie?: string;
  at?: NestFastifyApplication;
}

async function signIn(username: string, options: SignIn = {}) {
  const {
    password = PASSWORD,
    address = newAddress(),
    path = '/v1/auth/login',
    cookie = '',
    at = app,
  } = options;
  const answer = await at.inject({
    method: 'POST',
    url: path,
    payload: { username, password },
    remoteAddress: address,
    headers: { cookie },
  });
  return {
    status: answer.statusCode,
    retryAfter: Number(answer.headers['retry-after'] ?? 0),
    device: answer.cookies.find(({ name }) => name === '__Secure-device'),
  };
}

/** Statuses of wrong passwords, from one address each time, or from one address. */
async function fail(username: string, times: number, options: SignIn = {}): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < times; i++)
    statuses.push((await signIn(username, { password: WRONG, ...options })).status);
  return statuses;
}

// Delays of a second must not end while a busy machine runs the test.
beforeEach(() => setClock(Date.now()));
afterEach(realClock);

describe('failed sign-ins', () => {
  it('from one address delay this user there, twice as long each time, and nobody elsewhere', async () => {
    const username = await newUser();
    const address = newAddress();
    const start = Date.now();
    expect(await fail(username, FREE + 1, { address })).toEqual([401, 401, 429]);
    expect(await signIn(username, { address })).toMatchObject({ status: 429, retryAfter: 1 });
    expect(await signIn(username)).toMatchObject({ status: 200 });
    let now = start;
    const waits = [];
    for (let i = 0; i < 4; i++) {
      const { retryAfter } = await signIn(username, { address });
      waits.push(retryAfter);
      setClock((now += retryAfter * 1_000));
      expect(await signIn(username, { address, password: WRONG })).toMatchObject({ status: 401 });
    }
    expect(waits).toEqual([1, 2, 4, 8]);
    // One failure is forgotten in a quarter of an hour.
    setClock(now + 8 * QUARTER_HOUR_MS);
    expect(await fail(username, FREE + 1, { address })).toEqual([401, 401, 429]);
  });

  it('are counted in any spelling of the name, for all processes', async () => {
    const other = await startApp({ ...database.config, rateLimitSignInPerMinute: FREE });
    try {
      const username = await newUser();
      const address = newAddress();
      expect(await fail(username.toUpperCase(), 1, { address })).toEqual([401]);
      expect(await fail(` ${username}`, 2, { address, at: other })).toEqual([401, 429]);
    } finally {
      await other.close();
    }
  });

  it('do not include requests that are refused before the password is examined', async () => {
    const username = await newUser();
    const address = newAddress();
    const payload = { username };
    const before = await database.run('select * from sign_in_failure');
    for (let i = 0; i < 20; i++) {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/auth/login',
        payload,
        remoteAddress: address,
      });
      // The general limit of sign-ins from one address ends with a 429.
      expect([422, 429]).toContain(answer.statusCode);
    }
    expect(await database.run('select * from sign_in_failure')).toEqual(before);
  });

  it('and successes do not count together: a sign-in with the right password ends the delay', async () => {
    const username = await newUser();
    const address = newAddress();
    const start = Date.now();
    for (let i = 0; i < 3; i++) {
      // The failures of the address are forgotten in a minute.
      setClock(start + i * 60_000);
      expect(await fail(username, 1, { address })).toEqual([401]);
      expect(await signIn(username, { address })).toMatchObject({ status: 200 });
    }
  });

  it('from many addresses delay sign-ins from unknown addresses only', async () => {
    const username = await newUser({ isStaff: true });
    const [office, phone] = [newAddress(), newAddress()];
    expect(await signIn(username, { address: office })).toMatchObject({ status: 200 });
    const page = await signIn(username, { address: phone, path: '/v1/auth/session' });
    expect(page.device).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/v1/auth/session' });
    const cookie = `__Secure-device=${page.device!.value}`;
    const statuses = await fail(username, 5 * FREE + 2);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5 * FREE);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect(await signIn(username)).toMatchObject({ status: 429 });
    // The user signs in from the known address, and anywhere with the cookie of the device.
    expect(await signIn(username, { address: office })).toMatchObject({ status: 200 });
    const session = { path: '/v1/auth/session', cookie };
    expect(await signIn(username, session)).toMatchObject({ status: 200 });
    // The cookie belongs to one user, and does not open another limit.
    const other = await newUser();
    await fail(other, 5 * FREE);
    expect(await signIn(other, session)).toMatchObject({ status: 429 });
    expect(await signIn(username, { ...session, cookie: `${cookie}x` })).toMatchObject({ status: 429 });
    expect(await fail(username, FREE + 1, session)).toEqual([401, 401, 429]);
  });

  it('of different names from one address delay the address for seconds', async () => {
    const address = newAddress();
    const statuses = [];
    for (let i = 0; i <= FREE; i++) statuses.push(...(await fail(`nobody-${i}`, 1, { address })));
    expect(statuses).toEqual([401, 401, 429]);
    const username = await newUser();
    expect(await signIn(username, { address })).toMatchObject({ status: 429, retryAfter: 1 });
    setClock(Date.now() + 60_000);
    expect(await signIn(username, { address })).toMatchObject({ status: 200 });
  });

  it('cannot pass the limit by arriving together', async () => {
    const username = await newUser();
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => signIn(username, { address, password: WRONG })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(FREE);
    expect(statuses.filter((status) => status === 429)).toHaveLength(12 - FREE);
  });

  it('are deleted when they are forgotten', async () => {
    const username = await newUser();
    await fail(username, 1);
    setClock(Date.now() + 40 * 24 * 4 * QUARTER_HOUR_MS);
    const later = await newUser();
    await signIn(later);
    const rows = await database.run('select id from sign_in_failure where expires_at < ?', [Date.now()]);
    expect(rows).toEqual([]);
  });
});

it('a caller who hangs up frees its place: its password is not examined', async () => {
  const patient = await startApp({ ...database.config, rateLimitSignInPerMinute: 1_000 });
  atEnd(() => patient.close());
  await patient.listen(0, '127.0.0.1');
  const url = `${await patient.getUrl()}/v1/auth/login`;
  const username = await newUser();
  const caller = new AbortController();
  const send = (password: string, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
      signal,
    });
  const abandoned = Array.from({ length: 20 }, () => send(WRONG, caller.signal));
  const counted = async (): Promise<number> => {
    const [row] = await database.run<{ most: number }>(
      'select max(failures) as most from sign_in_failure where counted_at >= ?',
      [start],
    );
    return row?.most ?? 0;
  };
  const start = Date.now();
  await until(async () => (await counted()) > 10);
  caller.abort();
  await Promise.allSettled(abandoned);
  await until(async () => (await counted()) < 6);
  expect((await send(PASSWORD)).status).toBe(200);
});

it('a refusal costs as much as the hash with the most iterations', async () => {
  const [cheap, dear] = [await newUser(), await newUser()];
  const iterations = 3_000_000;
  await database.run('update auth_user set password = ? where username = ?', [
    djangoHash(PASSWORD, iterations),
    dear,
  ]);
  const fresh = await startApp({ ...database.config });
  atEnd(() => fresh.close());
  const cost = async (username: string): Promise<number> => {
    const before = process.cpuUsage();
    expect(await fail(username, 1, { at: fresh })).toEqual([401]);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  await cost('nobody');
  const costs = [await cost(cheap), await cost(dear), await cost('nobody')];
  expect(Math.max(...costs) / Math.min(...costs)).toBeLessThan(1.5);
});
