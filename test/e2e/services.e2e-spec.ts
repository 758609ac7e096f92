import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RankingPage } from '../../src/ranking/read/dto/ranking.dto.js';
import { type Service, SERVICES } from '../../src/config/config.js';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { addProperty } from '../support/factories.js';
import { startServicesProxy } from '../support/nginx.js';
import { describeWith } from '../support/optional.js';
import { listening, startProcess } from '../support/process.js';
import { atEnd, database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

const CONTRACT = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { tags: string[] }>>;
};

useDatabase();

const addresses = {} as Record<Service, string>;
let property: number;

beforeAll(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  property = await addProperty(database, { city: 'Cali' });
  const starts = SERVICES.map(async (service) => {
    const run = startProcess(database, {
      SERVICES: service,
      TRUSTED_PROXIES: 'loopback',
      RATE_LIMIT_PER_MINUTE: '100000',
    });
    atEnd(async () => {
      run.child.kill('SIGKILL');
      await run.ended;
    });
    addresses[service] = await listening(run);
  });
  await Promise.all(starts);
});

const metricOf = async (service: Service, name: string): Promise<string | undefined> => {
  const text = await (await fetch(`${addresses[service]}/metrics`)).text();
  return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
};
const signInAt = (address: string, kind: string): Promise<Response> =>
  fetch(`${address}/v1/auth/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'sonia', password: PASSWORD }),
  });

describe('four processes, each with one service', () => {
  it('are all ready, and have the workers of their service', async () => {
    for (const service of SERVICES) {
      const readiness = await fetch(`${addresses[service]}/health/ready`);
      expect([readiness.status, await readiness.json()]).toMatchObject([200, { services: [service] }]);
    }
    await until(async () => (await metricOf('properties', 'catch_up_active')) === '1');
    await until(async () => (await metricOf('ranking', 'ranking_consumer_active')) === '1');
    expect(await metricOf('likes', 'catch_up_active')).toBeUndefined();
  });

  it('work together by the database: a token of accounts likes in likes, which counts in ranking and properties', async () => {
    const { accessToken } = (await (await signInAt(addresses.accounts, 'login')).json()) as {
      accessToken: string;
    };
    const headers = { authorization: `Bearer ${accessToken}` };
    const like = `${addresses.likes}/v1/properties/${property}/like`;
    expect((await fetch(like, { method: 'PUT', headers })).ok).toBe(true);
    const ranking = `${addresses.ranking}/v1/ranking/properties`;
    const ranked = async (): Promise<number[]> => {
      const page = (await (await fetch(ranking, { headers })).json()) as RankingPage;
      return page.items.map(({ property: { id } }) => id);
    };
    await until(async () => (await ranked()).includes(property));
    const page = await fetch(`${addresses.properties}/v1/properties?sort=popular`);
    expect(await page.json()).toMatchObject({ items: [{ id: property }] });
  });
});

describeWith('nginx', 'the proxy of the compose profile microservices', () => {
  let proxy: string;

  beforeAll(async () => {
    const nginx = await startServicesProxy(addresses);
    atEnd(nginx.stop);
    proxy = nginx.address;
  });

  it('sends each operation of the contract to the service that has it', async () => {
    for (const [path, methods] of Object.entries(CONTRACT.paths))
      for (const method of Object.keys(methods)) {
        const url = proxy + path.replaceAll('{id}', String(property));
        const answer = await fetch(url, { method: method.toUpperCase() });
        const type = /urn:problem:(not-found|method-not-allowed)/.exec(await answer.text())?.[0];
        expect([method, path, answer.status < 500, type]).toEqual([method, path, true, undefined]);
      }
  });

  it('answers an unknown path with problem details', async () => {
    const answer = await fetch(`${proxy}/v1/nothing`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { type: 'urn:problem:not-found' }]);
  });

  it('serves the whole contract, Swagger UI, and a start page with working links', async () => {
    for (const path of ['openapi.json', 'openapi.yaml'])
      expect(await (await fetch(`${proxy}/${path}`)).json()).toEqual(CONTRACT);
    const { links } = (await (await fetch(proxy)).json()) as { links: Record<string, string> };
    expect(Object.keys(links)).toEqual(['docs', 'ranking', 'ready']);
    for (const link of Object.values(links)) expect((await fetch(`${proxy}/${link}`)).status).toBe(200);
  });

  it('lets staff sign in on the ranking page: cookies of accounts open the ranking', async () => {
    const answer = await signInAt(proxy, 'session');
    expect(answer.status).toBe(200);
    const cookie = answer.headers
      .getSetCookie()
      .map((value) => value.split(';', 1)[0])
      .join('; ');
    const ranking = await fetch(`${proxy}/v1/ranking/properties`, { headers: { cookie } });
    expect(ranking.status).toBe(200);
  });

  it('passes on the address of the caller, and not what the caller claims', async () => {
    const remaining = async (address: string, claimed: string): Promise<number> => {
      const headers = { 'x-forwarded-for': claimed };
      const { headers: limits } = await fetch(`${address}/v1/places?q=cali`, { headers });
      return Number(/r=(\d+)/.exec(limits.get('ratelimit') ?? '')?.[1]);
    };
    const before = await remaining(proxy, '192.0.2.1');
    expect(await remaining(proxy, '192.0.2.2')).toBe(before - 1);
    expect(await remaining(addresses.properties, '192.0.2.3')).toBeGreaterThan(before);
  });
});
