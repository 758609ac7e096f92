import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/mysql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config, ConfigError } from '../../src/config/config.js';
import { openApiDocument } from '../../src/openapi.js';
import { MetricsServer } from '../../src/metrics/metrics-server.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { needsOwnApp } from '../support/outside.js';
import { Proxy } from '../support/proxy.js';
import { database, useDatabase } from '../support/suite.js';
import { budget, until } from '../support/until.js';

useDatabase();

beforeAll(async () => {
  await addProperties(database, [{}]);
});

/** An app whose connection to the database can be cut. */
async function behindProxy(): Promise<{ app: NestFastifyApplication; proxy: Proxy }> {
  const proxy = new Proxy(database.config.database);
  await proxy.open();
  const config: Config = {
    ...database.config,
    database: { ...database.config.database, host: '127.0.0.1', port: proxy.port },
  };
  return { app: await startApp(config), proxy };
}

async function timed(app: NestFastifyApplication, url: string): Promise<Answer & { seconds: number }> {
  const start = performance.now();
  const answer = await ask(app, url);
  return { ...answer, seconds: (performance.now() - start) / 1000 };
}

describe('without a usable database', () => {
  it.each(['gone', 'frozen'])(
    '%s: answers a 503 problem within 5 s, is not ready, and recovers by itself',
    async (how) => {
      const { app, proxy } = await behindProxy();
      try {
        // Enough requests to open every connection of the pool, so that the failure hits all of them.
        const urls = Array.from(
          { length: 20 },
          (_, i) => `/v1/properties${['', '/1', '/1/status-history'][i % 3]}`,
        );
        const warm = await Promise.all(urls.map((url) => ask(app, url)));
        expect(warm.map(({ status }) => status)).toEqual(urls.map(() => 200));
        if (how === 'gone') await proxy.close();
        else proxy.silence();
        const answers = await Promise.all(urls.map((url) => timed(app, url)));
        for (const { status, body, headers, seconds } of answers) {
          expect([status, body.type, headers['retry-after']]).toEqual([503, 'urn:problem:unavailable', '5']);
          expect(seconds).toBeLessThan(budget(5));
        }
        const ready = await timed(app, '/health/ready');
        expect([ready.status, ready.body]).toMatchObject([
          503,
          { status: 'unavailable', database: 'down', migrations: 'unknown', cache: 'off' },
        ]);
        expect(ready.seconds).toBeLessThan(budget(5));
        expect((await ask(app, '/health/live')).body).toEqual({ status: 'alive' });

        if (how === 'gone') await proxy.open();
        else proxy.failOver();
        await until(async () => (await ask(app, '/health/ready')).status === 200);
        await until(async () => (await ask(app, '/v1/properties')).status === 200);
      } finally {
        await app.close();
        await proxy.close();
      }
    },
  );

  it('down at the start: the process serves, and is ready once the database is up', async () => {
    const { app: first, proxy } = await behindProxy();
    await first.close();
    await proxy.close();
    const config = {
      ...database.config,
      database: { ...database.config.database, host: '127.0.0.1', port: proxy.port },
    };
    const app = await startApp(config);
    try {
      expect((await ask(app, '/v1/properties')).status).toBe(503);
      await proxy.open();
      await until(async () => (await ask(app, '/health/ready')).status === 200);
      expect((await ask(app, '/v1/properties')).status).toBe(200);
    } finally {
      await app.close();
      await proxy.close();
    }
  });

  it('not migrated: the readiness probe changes nothing', async () => {
    const empty = await TestDatabase.create({ migrated: false });
    const app = await startApp(empty.config);
    try {
      expect((await ask(app, '/health/ready')).status).toBe(503);
      expect(await empty.run('show tables')).toEqual([]);
    } finally {
      await app.close();
      await empty.drop();
    }
  });

  it('not migrated: is not ready, and answers 503 instead of an empty list', async () => {
    const empty = await TestDatabase.create({ migrated: false });
    const app = await startApp(empty.config);
    try {
      expect((await ask(app, '/health/ready')).body).toMatchObject({ database: 'up', migrations: 'pending' });
      expect((await ask(app, '/v1/properties')).status).toBe(503);
    } finally {
      await app.close();
      await empty.drop();
    }
  });
});

describe('GET /health/ready and /metrics', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await startApp(database.config);
  });
  afterAll(() => app?.close());

  it('200 when the database is reachable and migrated', async () => {
    needsOwnApp('the readiness of one process');
    const { status, body } = await ask(app, '/health/ready');
    expect([status, body]).toEqual([
      200,
      {
        status: 'ready',
        database: 'up',
        migrations: 'current',
        cache: 'off',
        failingSteps: [],
        services: ['accounts', 'properties', 'likes', 'ranking'],
      },
    ]);
  });

  it('any number of probes leave at most one statement in the queue of an exhausted pool', async () => {
    // Idle transactions hold all connections for longer than a probe waits.
    const held = Array.from({ length: 10 }, () => app.get(MikroORM).em.fork());
    try {
      await Promise.all(held.map((em) => em.begin()));
      // The last probe result is cached for a second.
      await until(async () => (await ask(app, '/health/ready')).status === 503);
      const waiting: number[] = [];
      const start = performance.now();
      while (performance.now() - start < 5_000) {
        const probes = Array.from({ length: 20 }, () => ask(app, '/health/ready'));
        const metrics = ask(app, '/metrics');
        for (const { status } of await Promise.all(probes)) expect(status).toBe(503);
        waiting.push(
          Number(/database_pool_connections\{state="waiting"\} (\d+)/.exec((await metrics).text)![1]),
        );
      }
      expect(Math.max(...waiting)).toBe(1);
    } finally {
      await Promise.all(held.map((em) => em.rollback()));
    }
    await until(async () => (await ask(app, '/health/ready')).status === 200);
  });

  it('stays ready while Redis is down, and the process counts its own requests', async () => {
    const withRedis = await startApp({
      ...database.config,
      redisUrl: 'redis://127.0.0.1:1',
      rateLimitPerMinute: 10,
    });
    try {
      expect((await ask(withRedis, '/health/ready')).body).toMatchObject({ status: 'ready', cache: 'down' });
      for (let left = 9; left >= 0; left--) {
        const { status, headers } = await ask(withRedis, '/v1/properties');
        expect([status, headers['ratelimit']]).toEqual([200, expect.stringContaining(`r=${left};`)]);
      }
      expect((await ask(withRedis, '/v1/properties')).status).toBe(429);
    } finally {
      await withRedis.close();
    }
  });

  it('measures the process, HTTP by route pattern and the pool, without paths or callers', async () => {
    await ask(app, '/v1/properties/424242');
    await ask(app, '/v1/properties?city=Secretville');
    const { status, headers, text } = await ask(app, '/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\/v1\/properties\/:id",status="404"\} 1$/m,
    );
    expect(text).toMatch(/^database_pool_connections\{state="open"\} [1-9]/m);
    expect(text).not.toMatch(/424242|Secretville/);
  });
});

describe('METRICS_PORT', () => {
  const withPort = (metricsPort: number) => startApp({ ...database.config, metricsPort });

  it('moves the metrics to their own port and removes them from the API and its document', async () => {
    const app = await withPort(0);
    try {
      const { port } = app.get(MetricsServer);
      const address = `http://127.0.0.1:${port}`;
      const answer = await fetch(`${address}/metrics`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect(await answer.text()).toMatch(/^process_cpu_seconds_total \d/m);
      for (const path of ['/', '/v1/properties', '/health/live', '/metrics/x'])
        expect([path, (await fetch(address + path)).status]).toEqual([path, 404]);
      expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(405);
      expect((await ask(app, '/metrics')).status).toBe(404);
      expect(Object.keys(openApiDocument(app).paths)).not.toContain('/metrics');
      await app.close();
      await expect(fetch(`${address}/metrics`)).rejects.toThrow('fetch failed');
    } finally {
      await app.close();
    }
  });

  it('reports a port that is in use in one sentence', async () => {
    const first = await withPort(0);
    try {
      const start = withPort(first.get(MetricsServer).port);
      await expect(start).rejects.toThrow(ConfigError);
      await expect(start).rejects.toThrow(/is taken by another program; set METRICS_PORT/);
    } finally {
      await first.close();
    }
  });
});

describe('the documentation', () => {
  const PATHS = [
    '/docs',
    '/docs/',
    '/docs/start.js',
    '/docs/swagger-ui-bundle.js',
    '/openapi.json',
    '/openapi.yaml',
  ];

  it('is built once and reused by the next hundred requests', async () => {
    const app = await startApp(database.config);
    try {
      for (const path of ['/docs', '/openapi.json', '/openapi.yaml']) {
        const { headers } = await ask(app, path);
        expect([headers['cache-control'], Boolean(headers['etag'])]).toEqual(['public, no-cache', true]);
      }
      const before = process.cpuUsage();
      for (let i = 0; i < 50; i++)
        for (const path of ['/openapi.yaml', '/openapi.json'])
          expect((await ask(app, path)).status).toBe(200);
      const { user, system } = process.cpuUsage(before);
      // Building it for each request would take 3 s for the YAML alone.
      expect((user + system) / 1e6).toBeLessThan(1.5);
    } finally {
      await app.close();
    }
  });

  it('is not served with DOCS=false', async () => {
    const app = await startApp({ ...database.config, docs: false });
    try {
      for (const path of PATHS) expect([path, (await ask(app, path)).status]).toEqual([path, 404]);
    } finally {
      await app.close();
    }
  });
});
