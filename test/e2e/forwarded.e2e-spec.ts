import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../../src/config/config.js';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { realClock, setClock } from '../support/clock.js';
import { database, useDatabase } from '../support/suite.js';

const LIMIT = 20;
const PROXY = '10.1.2.3';

useDatabase();

let app: NestFastifyApplication;

beforeAll(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
});
afterEach(() => app?.close());

async function start(...trustedProxies: string[]): Promise<void> {
  app = await startApp({ ...database.config, trustedProxies, rateLimitPerMinute: LIMIT } satisfies Config);
}

type Headers = Record<string, string | string[]>;

/** The remaining requests of the caller's limit. The service identifies the caller by address. */
async function remaining(remoteAddress: string, forwardedFor?: string | string[]): Promise<number> {
  const headers: Headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const answer = await app.inject({ url: '/v1/properties?limit=1', remoteAddress, headers });
  expect(answer.statusCode).toBe(200);
  return Number(/r=(\d+)/.exec(String(answer.headers['ratelimit']))?.[1]);
}

/** The status of a sign-in by the page of `https://homes.example`. Only a page of the service's own origin may sign in with cookies. */
async function signInByPage(remoteAddress: string, headers: Headers): Promise<number> {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/auth/session',
    remoteAddress,
    headers: { host: 'property-service:8000', origin: 'https://homes.example', ...headers },
    payload: { username: 'sonia', password: PASSWORD },
  });
  return answer.statusCode;
}

describe('without TRUSTED_PROXIES', () => {
  it('a forged header changes nothing', async () => {
    await start();
    expect(await remaining(PROXY, '192.0.2.1')).toBe(LIMIT - 1);
    expect(await remaining(PROXY, '192.0.2.2')).toBe(LIMIT - 2);
    expect(await remaining(PROXY)).toBe(LIMIT - 3);
    expect(await signInByPage(PROXY, { 'x-forwarded-host': 'homes.example' })).toBe(403);
  });
});

describe('behind a proxy of TRUSTED_PROXIES', () => {
  it.each(['10.1.2.3', '10.0.0.0/8', 'private'])('%s: each caller has its own limit', async (trusted) => {
    await start(trusted);
    expect(await remaining(PROXY, '192.0.2.1')).toBe(LIMIT - 1);
    expect(await remaining(PROXY, '192.0.2.2')).toBe(LIMIT - 1);
    expect(await remaining(PROXY, '192.0.2.1')).toBe(LIMIT - 2);
    expect(await remaining(PROXY)).toBe(LIMIT - 1);
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    'loopback includes %s',
    async (peer) => {
      await start('loopback');
      expect(await remaining(peer, '192.0.2.1')).toBe(LIMIT - 1);
      expect(await remaining(peer, '192.0.2.2')).toBe(LIMIT - 1);
    },
  );

  it.each(['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fdff::1'])(
    'private includes %s',
    async (peer) => {
      await start('private');
      expect(await remaining(peer, '192.0.2.1')).toBe(LIMIT - 1);
      expect(await remaining(peer, '192.0.2.2')).toBe(LIMIT - 1);
    },
  );

  it('the headers of a peer that is not trusted are ignored', async () => {
    await start('private', 'loopback');
    for (const [i, peer] of ['172.32.0.1', '11.0.0.1', '192.169.0.1', 'fe00::1', '198.51.100.7'].entries()) {
      expect([peer, await remaining(peer, `192.0.2.${i}`)]).toEqual([peer, LIMIT - 1]);
      expect([peer, await remaining(peer, `192.0.3.${i}`)]).toEqual([peer, LIMIT - 2]);
    }
    expect(await signInByPage('198.51.100.7', { 'x-forwarded-host': 'homes.example' })).toBe(403);
  });

  it('forged entries to the left of the address that the proxy added are ignored', async () => {
    await start(PROXY);
    for (let i = 1; i <= 5; i++) {
      const forged = ['203.0.113.1', '10.1.2.3', 'unknown', ''].map((text) => text + String(i)).join(', ');
      expect(await remaining(PROXY, `${forged}, 192.0.2.1`)).toBe(LIMIT - i);
    }
    // Node joins header lines of the same name.
    expect(await remaining(PROXY, ['203.0.113.9', '192.0.2.1'])).toBe(LIMIT - 6);
  });

  it('the caller is the first untrusted address from the right, behind any number of trusted proxies', async () => {
    await start('private');
    expect(await remaining(PROXY, '203.0.113.1, 192.0.2.1, 10.9.9.9, 192.168.1.1')).toBe(LIMIT - 1);
    expect(await remaining(PROXY, '203.0.113.2, 192.0.2.1, 10.8.8.8')).toBe(LIMIT - 2);
  });

  it('every spelling of an address counts for the same caller', async () => {
    await start('private');
    const spellings = ['192.0.2.1', '192.0.2.1:4711', '192.0.2.1:4712', ' 192.0.2.1 ', '::ffff:192.0.2.1'];
    for (const [i, text] of spellings.entries())
      expect([text, await remaining(PROXY, text)]).toEqual([text, LIMIT - 1 - i]);
    const long = ['2001:db8::1', '[2001:db8::1]', '[2001:DB8:0::1]:443', '2001:db8:0:0:ffff::2'];
    // One line has 2^64 IPv6 addresses, which share one limit.
    for (const [i, text] of long.entries())
      expect([text, await remaining(PROXY, text)]).toEqual([text, LIMIT - 1 - i]);
  });

  it('a malformed entry counts for the proxy that sent it', async () => {
    await start('private');
    const garbage = [
      'unknown',
      '_hidden',
      '',
      ',',
      ' , ,, ',
      '1.2.3.4.5',
      '999.1.1.1',
      '0x7f.1',
      '127.1',
      '010.0.0.1',
      '1.2.3.4:',
      '[::1',
      '192.0.2.1, unknown',
      '192.0.2.2,',
      'ñ',
      '9'.repeat(15_000),
      '10.0.0.1,'.repeat(1_500),
    ];
    for (const [i, text] of garbage.entries())
      expect([text.slice(0, 20), await remaining(PROXY, text)]).toEqual([text.slice(0, 20), LIMIT - 1 - i]);
  });

  it.each([
    ['homes.example', 200],
    ['evil.example, homes.example', 200],
    ['homes.example, evil.example', 403],
    ['', 403],
    [',', 403],
    ['[', 403],
  ])('X-Forwarded-Host: %s decides whether the page is of the same origin: %d', async (host, status) => {
    await start(PROXY);
    expect(await signInByPage(PROXY, { 'x-forwarded-host': host })).toBe(status);
  });

  it('sign-ins are limited for each caller', async () => {
    app = await startApp({ ...database.config, trustedProxies: ['private'], rateLimitSignInPerMinute: 2 });
    const signIn = async (caller: string, username: string): Promise<number> => {
      const { statusCode } = await app.inject({
        method: 'POST',
        url: '/v1/auth/login',
        remoteAddress: PROXY,
        headers: { 'x-forwarded-for': caller },
        payload: { username, password: 'wrong-password' },
      });
      return statusCode;
    };
    // The delay of a second must not end while a busy machine runs the test.
    setClock(Date.now());
    try {
      expect([await signIn('192.0.2.1', 'a'), await signIn('192.0.2.1', 'b')]).toEqual([401, 401]);
      expect(await signIn('192.0.2.1', 'c')).toBe(429);
      expect(await signIn('192.0.2.2', 'd')).toBe(401);
    } finally {
      realClock();
    }
  });
});
