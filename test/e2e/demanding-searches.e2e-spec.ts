import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/mysql';
import type { FastifyRequest } from 'fastify';
import { databaseProblem } from '../../src/database/database-errors.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { limitStatements, prepared } from '../../src/database/statement-deadline.js';
import { keepRequest } from '../../src/http/caller.js';
import { SearchThrottle } from '../../src/properties/search/throttle.js';
import { type Answer, ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, atEnd, connect, database, useApp } from '../support/suite.js';
import { budget, until } from '../support/until.js';

const LIMIT = 40;
const COST = 10;

useApp({ settings: { rateLimitPerMinute: LIMIT, trustedProxies: ['loopback'] } });

// Minutes of work.
const ENDLESS = `select count(*) from information_schema.collations a, information_schema.collations b,
  information_schema.collations c, information_schema.collations d where a.id + b.id + c.id + d.id = -1`;
const RELEVANT = '/v1/properties?q=casa&sort=relevance';

const running = async (part: string): Promise<number> =>
  (
    await database.run(
      'select id from information_schema.processlist where locate(?, info) > 0 and id <> connection_id()',
      [part],
    )
  ).length;

async function limitedOrm(ms: number): Promise<MikroORM> {
  const orm = await MikroORM.init({ ...mikroOrmOptions(database.config), pool: { min: 1, max: 2 } });
  atEnd(() => orm.close());
  await orm.connect();
  await limitStatements(orm, ms);
  return orm;
}

describe('a statement that takes too long', () => {
  it.each([
    ['as text', ENDLESS, 0],
    ['prepared', prepared(`${ENDLESS} and 1 = 1`), 1],
  ])(
    '%s: the server stops it, the answer is a 503, and the connection stays usable',
    async (_, statement, executions) => {
      const connection = (await limitedOrm(1_500)).em.getConnection();
      const [before] = (await connection.execute('select connection_id() as id')) as { id: number }[];
      const started = performance.now();
      const error: unknown = await connection.execute(statement).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(performance.now() - started).toBeLessThan(budget(1_500));
      expect(databaseProblem(error)).toMatchObject({
        status: 503,
        type: 'too-demanding',
        options: { headers: { 'retry-after': '5' } },
      });
      expect(await connection.execute('select connection_id() as id')).toEqual([before]);
      const [counted] = await connection.execute("show session status like 'Com_stmt_execute'");
      expect(Number(counted?.Value)).toBe(executions);
      expect(await running('a.id + b.id')).toBe(0);
    },
  );
});

describe('demanding searches', () => {
  it('a search that took too long is refused at once for a minute, and others are not', async () => {
    const orm = await limitedOrm(4_000);
    const throttle = new SearchThrottle(orm.em);
    let runs = 0;
    const search = (of: string) =>
      throttle.run({ of: [of], run: () => (runs++, orm.em.getConnection().execute(ENDLESS)) });
    const refusal = expect.objectContaining({ type: 'too-demanding' });
    await expect(search('a')).rejects.toMatchObject({ errno: expect.any(Number) });
    for (let i = 0; i < 2; i++) await expect(search('a')).rejects.toEqual(refusal);
    await expect(search('a')).rejects.toMatchObject({
      options: { headers: { 'retry-after': expect.stringMatching(/^(59|60)$/) } },
    });
    expect(runs).toBe(1);
    expect(await throttle.run({ of: ['b'], run: async (checkDeadline) => (checkDeadline(), 5) })).toBe(5);
  });

  it('the statement of a caller who has gone is stopped, and the place is free', async () => {
    const orm = await limitedOrm(60_000);
    const throttle = new SearchThrottle(orm.em);
    const leaving = new AbortController();
    const requestOf = { ip: '192.0.2.1', signal: leaving.signal } as FastifyRequest;
    const search = (of: number) =>
      throttle.run({
        of: [of],
        run: () => orm.em.getKysely().executeQuery({ sql: ENDLESS, parameters: [] } as never),
      });
    const searches: Promise<unknown>[] = [];
    keepRequest(requestOf, null, () => searches.push(search(1)));
    await until(async () => (await running('a.id + b.id')) === 1);
    const leftAt = performance.now();
    leaving.abort();
    await expect(searches[0]).rejects.toMatchObject({ type: 'unavailable' });
    // Otherwise it runs for a minute.
    expect(performance.now() - leftAt).toBeLessThan(30_000);
    await until(async () => (await running('a.id + b.id')) === 0);
    for (let i = 0; i < 5; i++) expect(await throttle.run({ of: [], run: async () => i })).toBe(i);
  });
});

it('between two counts in memory other requests go on', async () => {
  const throttle = new SearchThrottle(database.orm.em);
  const order: string[] = [];
  const count = (name: string) =>
    throttle.takeTurn(async () => {
      order.push(name);
      setImmediate(() => order.push('another request'));
    });
  await Promise.all([count('first'), count('second')]);
  expect(order.slice(0, 3)).toEqual(['first', 'another request', 'second']);
});

describe('over HTTP', () => {
  const from = (address: string, url: string): Promise<Answer> =>
    ask(app, url, { headers: { 'x-forwarded-for': address } });
  const remaining = ({ headers }: Answer) =>
    Number(/^"default";r=(\d+);t=\d+$/.exec(headers['ratelimit']!)?.[1]);

  beforeAll(async () => {
    await addProperty(database, { description: 'casa' });
  });

  it('a demanding search costs more than a read, and the RateLimit header tells it', async () => {
    expect(remaining(await from('192.0.2.1', '/v1/properties'))).toBe(LIMIT - 1);
    expect(remaining(await from('192.0.2.1', RELEVANT))).toBe(LIMIT - 1 - COST);
    expect(remaining(await from('192.0.2.1', RELEVANT))).toBe(LIMIT - 2 - COST);
    for (const limit of [21, 22])
      expect((await from('192.0.2.1', `${RELEVANT}&limit=${limit}`)).status).toBe(200);
    const refused = await from('192.0.2.1', `${RELEVANT}&limit=23`);
    expect([refused.status, remaining(refused), Number(refused.headers['retry-after'])]).toEqual([
      429,
      0,
      expect.any(Number),
    ]);
    expect((await from('192.0.2.2', RELEVANT)).status).toBe(200);
  });

  it('a caller who hangs up stops the search in the database', async () => {
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const locker = await connect();
    await locker.run('lock tables property_search write');
    try {
      const caller = get({ port, path: `${RELEVANT}&limit=30`, headers: { 'x-forwarded-for': '192.0.2.3' } });
      caller.on('error', () => {});
      await until(async () => (await running('property_search')) > 0);
      caller.destroy();
      // The deadline of statements would stop it after 3.3 s.
      const startedAt = performance.now();
      await until(async () => (await running('property_search')) === 0);
      expect(performance.now() - startedAt).toBeLessThan(2_500);
    } finally {
      await locker.run('unlock tables');
    }
  });
});
