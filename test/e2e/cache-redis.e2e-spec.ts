import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { addProperty, derive } from '../support/factories.js';
import { type Behaviour, FakeRedis } from '../support/fake-redis.js';
import { recordStatements } from '../support/statements.js';
import { database, useDatabase } from '../support/suite.js';
import { budget, until } from '../support/until.js';

useDatabase();

let id: number;
let redis: FakeRedis;
let apps: NestFastifyApplication[];
let statements: string[];

const start = async (redisUrl: string, rateLimitPerMinute = 0) => {
  const app = await startApp({ ...database.config, redisUrl, rateLimitPerMinute });
  apps.push(app);
  await until(async () => (await ask(app, '/health/ready')).body.cache === 'up');
  return app;
};

beforeAll(async () => {
  id = await addProperty(database, { city: 'Tenjo', description: 'amplio '.repeat(300) });
});

beforeEach(async () => {
  apps = [];
  redis = await FakeRedis.start();
});

afterEach(async () => {
  for (const app of apps) await app.close();
  await redis.stop();
});

/** The statements of the second process for an answer that the first one has made, beside reads of the versions. */
async function statementsOfSecond(url: string): Promise<string[]> {
  const [first, second] = [await start(redis.url), await start(redis.url)];
  statements = await recordStatements(second);
  const answer = await ask(first, url);
  await until(async () => redis.commands.includes('set'));
  const same = await ask(second, url);
  expect([same.status, same.text, same.headers['etag'], same.headers['link']]).toEqual([
    200,
    answer.text,
    answer.headers['etag'],
    answer.headers['link'],
  ]);
  return statements.filter((statement) => !/from search_state/.test(statement));
}

describe('Redis', () => {
  it('serves an answer that another process has made', async () => {
    await addProperty(database, { city: 'Tenjo' });
    expect(await statementsOfSecond('/v1/properties?city=Tenjo&limit=1')).toEqual([]);
  });

  it.each<Behaviour>([
    'foreign values',
    'swapped values',
    'full',
    'read-only',
    'too many clients',
    'frozen',
    'noise',
  ])('with %s: the answers are right', async (behaviour) => {
    const app = await start(redis.url);
    await ask(app, `/v1/properties/${id}/similar`);
    redis.behaviour = behaviour;
    for (let price = 1; price <= 3; price++) {
      await database.run('update property set price = ? where id = ?', [price, id]);
      await derive(database, [id]);
      const { status, body } = await ask(app, `/v1/properties/${id}`);
      expect([status, body.price]).toEqual([200, price]);
    }
    const { text } = await ask(app, '/metrics');
    expect(text).toMatch(/cache_redis_errors_total\{command="\w+"\} [1-9]/);
  });

  it('restarted: requests go on, and it is used again', async () => {
    const app = await start(redis.url);
    redis.restart();
    redis.commands.length = 0;
    expect((await ask(app, `/v1/properties/${id}`)).status).toBe(200);
    let year = 2000;
    await until(async () => {
      expect((await ask(app, `/v1/properties?maxYear=${year++}`)).status).toBe(200);
      return redis.commands.includes('set');
    });
  });

  it('slow: few requests wait for it, and for a short time', async () => {
    const app = await start(redis.url);
    const times: number[] = [];
    const measure = async (url: string) => {
      const started = performance.now();
      expect((await ask(app, url)).status).toBe(200);
      times.push(performance.now() - started);
    };
    redis.behaviour = 'slow';
    redis.commands.length = 0;
    for (let year = 0; year < 20; year++) await measure(`/v1/properties?maxYear=${2_000 + year}`);
    expect(Math.max(...times)).toBeLessThan(budget(100));
    expect(redis.commands.filter((command) => command === 'get').length).toBeLessThan(10);
  });

  it('away from the start: requests go on', async () => {
    await redis.stop();
    const app = await startApp({ ...database.config, redisUrl: 'redis://127.0.0.1:1' });
    apps.push(app);
    redis = await FakeRedis.start();
    expect((await ask(app, `/v1/properties/${id}`)).status).toBe(200);
    expect((await ask(app, `/v1/properties/${id}`)).status).toBe(200);
  });
});

describe('rate limits in Redis', () => {
  const remaining = async (app: NestFastifyApplication, url = '/v1/properties'): Promise<number> =>
    Number(/r=(\d+)/.exec((await ask(app, url)).headers['ratelimit'] ?? '')?.[1]);

  it('all processes count together, also what costs more', async () => {
    const [first, second] = [await start(redis.url, 40), await start(redis.url, 40)];
    const begun = await remaining(first);
    expect(await remaining(second)).toBe(begun - 1);
    expect(await remaining(second, '/v1/properties?q=amplio&sort=relevance')).toBe(begun - 11);
    expect(await remaining(first)).toBe(begun - 12);
  });

  it('with a full Redis each process counts by itself', async () => {
    const app = await start(redis.url, 40);
    redis.behaviour = 'full';
    await remaining(app);
    const begun = await remaining(app);
    expect(await remaining(app)).toBe(begun - 1);
  });
});
