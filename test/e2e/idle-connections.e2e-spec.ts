import { describe, expect, it, jest } from '@jest/globals';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { Proxy } from '../support/proxy.js';
import { database, useDatabase } from '../support/suite.js';
import { budget } from '../support/until.js';

const MINUTE_MS = 60_000;

useDatabase();

it('opens DATABASE_POOL_SIZE connections at most', async () => {
  const { name } = database.config.database;
  const count = async (): Promise<number> => {
    const [row] = await database.run<{ n: number }>(
      'select count(*) as n from information_schema.processlist where db = ?',
      [name],
    );
    return row!.n;
  };
  const before = await count();
  const app = await startApp({
    ...database.config,
    database: { ...database.config.database, poolSize: 2 },
    cacheMaxMb: 0,
  });
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(app, '/v1/properties')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect((await count()) - before).toBe(2);
  } finally {
    await app.close();
  }
});

describe('connections that became silent while the process was idle or frozen', () => {
  it('hold up no request after a minute', async () => {
    const { host, port } = database.config.database;
    const proxy = new Proxy({ host, port });
    await proxy.open();
    const server = { ...database.config.database, host: '127.0.0.1', port: proxy.port, poolSize: 2 };
    const app = await startApp({ ...database.config, database: server, cacheMaxMb: 0 });
    const now = performance.now.bind(performance);
    try {
      const url = '/v1/properties/facets';
      await Promise.all([1, 2, 3].map(() => ask(app, url)));
      proxy.silence();
      proxy.failOver();
      jest.spyOn(performance, 'now').mockImplementation(() => now() + 1.1 * MINUTE_MS);
      const started = now();
      expect((await ask(app, url)).status).toBe(200);
      expect(now() - started).toBeLessThan(budget(250));
    } finally {
      jest.restoreAllMocks();
      await app.close();
      await proxy.close();
    }
  });
});
