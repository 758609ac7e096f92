import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { dayOf } from '../../src/ranking/model/score.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperty } from '../support/factories.js';
import { Proxy } from '../support/proxy.js';
import { append, create, patch, staff, useStaff, visitor } from '../support/staff.js';
import { recordStatements } from '../support/statements.js';
import { app, atEnd, database } from '../support/suite.js';
import { budget } from '../support/until.js';

useStaff();

let other: NestFastifyApplication;
let statements: string[];

beforeAll(async () => {
  other = await startApp(database.config);
  atEnd(() => other.close());
  statements = await recordStatements(app);
});

/** The statements that a request needs, beside reads of the versions. */
async function statementsFor(request: () => Promise<unknown>): Promise<string[]> {
  statements.length = 0;
  await request();
  return statements.filter((statement) => !/from search_state/.test(statement));
}

const FIELDS = { address: 'Calle 1', city: 'Chía', price: 1, status: 'en_venta' };

describe('a cached answer', () => {
  it('needs no statement but a read of the versions, and is the same answer', async () => {
    const id = await addProperty(database, { city: 'Cajicá' });
    for (const url of [
      '/v1/properties?city=Cajicá&limit=3&count=true',
      `/v1/properties/${id}`,
      `/v1/properties/${id}/similar`,
      `/v1/properties/${id}/status-history`,
      '/v1/properties/facets?city=Cajicá',
      '/v1/places?q=caj',
    ]) {
      const encoded = encodeURI(url);
      const first = await ask(app, encoded);
      let second: Answer | undefined;
      expect(await statementsFor(async () => (second = await ask(app, encoded)))).toEqual([]);
      const withoutIds = ({ headers, ...answer }: Answer) => ({
        ...answer,
        headers: { ...headers, 'x-request-id': '', date: '' },
      });
      expect(withoutIds(second!)).toEqual(withoutIds(first));
      const etag = first.headers['etag']!;
      const conditional = { headers: { 'if-none-match': etag } };
      expect(await statementsFor(async () => (second = await ask(app, encoded, conditional)))).toEqual([]);
      expect([second!.status, second!.text, second!.headers['etag']]).toEqual([304, '', etag]);
    }
  });

  it('serves equal requests in another order of the parameters', async () => {
    await ask(app, '/v1/properties?minPrice=5&status=en_venta&status=vendido');
    const request = () => ask(app, '/v1/properties?status=vendido&minPrice=5&status=en_venta');
    expect(await statementsFor(request)).toEqual([]);
  });

  it('links to the next page with the parameters of the request', async () => {
    for (let i = 0; i < 2; i++) await addProperty(database, { city: 'Cota' });
    const { body } = await ask(app, '/v1/properties?limit=1&city=Cota');
    const { headers } = await ask(app, '/v1/properties?city=Cota&limit=1');
    const cursor = body.page.nextCursor as string;
    expect(headers['link']).toBe(`<?city=Cota&limit=1&cursor=${cursor}>; rel="next"`);
  });

  it('is compressed once', async () => {
    await addProperty(database, { city: 'Tabio', description: 'amplio '.repeat(300) });
    const request = () =>
      app.inject({ url: '/v1/properties?city=Tabio', headers: { 'accept-encoding': 'gzip' } });
    const [first, second] = [await request(), await request()];
    expect([second.headers['content-encoding'], second.headers['etag']]).toEqual([
      'gzip',
      first.headers['etag'],
    ]);
    expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
  });

  it('errors are not kept', async () => {
    const url = '/v1/properties/987654321';
    expect((await ask(app, url)).status).toBe(404);
    expect(await statementsFor(() => ask(app, url))).not.toEqual([]);
  });
});

describe('a thousand requests for one cold answer', () => {
  it('make one query', async () => {
    const requests = () =>
      Promise.all(Array.from({ length: 1_000 }, () => ask(app, '/v1/properties?minYear=1')));
    let answers: Answer[] = [];
    const made = await statementsFor(async () => (answers = await requests()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(made.filter((statement) => /from property\b|from property_search\b/.test(statement))).toHaveLength(
      1,
    );
    expect(statements.length).toBeLessThan(10);
  });
});

describe('who asks', () => {
  it('staff see hidden properties, and nobody else does', async () => {
    const id = await addProperty(database, { history: [['comprado', '2026-05-01 10:00:00']] });
    const url = `/v1/properties/${id}`;
    const seenBy = async (headers: Record<string, string>) => (await ask(app, url, { headers })).status;
    for (let i = 0; i < 2; i++)
      expect([await seenBy(staff), await seenBy(visitor), await seenBy({})]).toEqual([200, 404, 404]);
    const hidden = '/v1/properties?includeHidden=true&limit=100';
    expect(
      (await ask(app, hidden, { headers: staff })).body.items.map((item: { id: number }) => item.id),
    ).toContain(id);
    expect((await ask(app, hidden)).status).toBe(401);
    expect((await ask(app, hidden, { headers: visitor })).status).toBe(403);
  });

  it('anonymous callers may be answered by a shared cache for seconds, others not', async () => {
    for (const url of ['/v1/properties', '/v1/properties/facets']) {
      const of = async (headers: Record<string, string>) => {
        const { headers: got } = await ask(app, url, { headers });
        return [got['cache-control'], got['vary']];
      };
      const vary = 'Authorization, Accept-Encoding';
      expect(await of({})).toEqual(['public, max-age=0, s-maxage=5, must-revalidate', vary]);
      for (const caller of [visitor, staff]) expect(await of(caller)).toEqual(['private, no-cache', vary]);
    }
  });
});

describe('a ranking', () => {
  beforeAll(() => database.run('update ranking_state set day = ?', [dayOf(Date.now())]));
  afterEach(realClock);
  const url = '/v1/ranking/properties?by=likes';
  const asOf = async () => Date.parse((await ask(app, url, { headers: staff })).body.asOf);

  it('is kept for staff only, for a second, and while its version is the same', async () => {
    const start = Date.now();
    setClock(start);
    const first = await asOf();
    expect(await statementsFor(asOf)).toEqual([]);
    expect(await asOf()).toBe(first);
    expect((await ask(app, url)).status).toBe(401);
    expect((await ask(app, url, { headers: visitor })).status).toBe(403);
    setClock(start + 900);
    expect(await asOf()).toBe(first);
    await database.run('update ranking_state set version = version + 1');
    expect(await asOf()).toBe(first + 900);
    setClock(start + 2_000);
    expect(await asOf()).toBe(first + 2_000);
  });

  it('that is already old is not kept for a whole second more', async () => {
    const start = Date.now();
    setClock(start);
    // A property that was due 800 ms ago: the numbers are right only until then.
    const id = await addProperty(database);
    await database.run('delete from ranking');
    await database.run(
      `insert into ranking (property_id, tie, availability, city_key, status_id, property_type, due_at, version, total, hot, d1, d7, d30, d90, d365)
      select property_id, -property_id, availability, city_key, status_id, property_type, ?, 1, 1, 1, 1, 1, 1, 1, 1
      from property_search where property_id = ?`,
      [start - 800, id],
    );
    const other = `${url}&window=7d`;
    await ask(app, other, { headers: staff });
    setClock(start + 300);
    expect(await statementsFor(() => ask(app, other, { headers: staff }))).not.toEqual([]);
    await database.run('delete from ranking');
  });
});

describe('the metrics', () => {
  it('count hits, misses and the memory', async () => {
    const metric = async (name: string) => {
      const { text } = await ask(app, '/metrics');
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    };
    const counts = () =>
      Promise.all(
        ['cache_hits_total{tier="memory"}', 'cache_misses_total', 'cache_fill_duration_seconds_count'].map(
          metric,
        ),
      );
    const before = await counts();
    for (let i = 0; i < 3; i++) await ask(app, '/v1/properties?minYear=1234');
    expect(await counts()).toEqual([before[0]! + 2, before[1]! + 1, before[2]! + 1]);
    expect(await metric('cache_memory_bytes')).toBeGreaterThan(1_000);
  });
});

describe('a writer sees their change on their next request to any process', () => {
  const both = (url: string) => Promise.all([app, other].map((each) => ask(each, encodeURI(url))));

  it('of staff, in every answer', async () => {
    const { body: made } = await create({ ...FIELDS, city: 'Zipacón' });
    const id = made.id as number;
    const urls = {
      detail: `/v1/properties/${id}`,
      list: '/v1/properties?city=Zipacón',
      facets: '/v1/properties/facets?city=Zipacón',
      places: '/v1/places?q=zipacon',
      history: `/v1/properties/${id}/status-history`,
    };
    const see = async (name: keyof typeof urls) => (await both(urls[name])).map(({ body }) => body);
    await Promise.all(Object.keys(urls).map((name) => see(name as keyof typeof urls)));

    for (const fields of [
      { description: 'Con jardín' },
      { price: 7 },
      { description: 'con JARDÍN' },
      { currency: 'USD' },
    ]) {
      const { body } = await patch(id, fields);
      expect(await see('detail')).toEqual([body, body]);
      for (const { items } of await see('list')) expect(items).toEqual([body]);
    }
    await append(id, { status: 'pre_venta', at: '2020-01-01T00:00:00Z' });
    for (const { items } of await see('history')) expect(items).toHaveLength(2);
    await create({ ...FIELDS, city: 'Zipacón' });
    for (const { total } of await see('facets')) expect(total).toBe(2);
    for (const { items } of await see('places')) expect(items[0].count).toBe(2);
    await append(id, { status: 'comprado' });
    expect((await both(urls.detail)).map(({ status }) => status)).toEqual([404, 404]);
    for (const { items } of await see('list')) expect(items).toHaveLength(1);
  });

  it('of an import', async () => {
    const listing = { externalRef: 'cache:1', address: 'Calle 2', city: 'Sopó', price: 5 };
    const save = (changes: object) =>
      app
        .get(ListingsService)
        .save([
          { ...listing, history: [{ status: 'en_venta', at: new Date('2026-01-01') }], ...changes },
        ] as never);
    const see = async () => (await both('/v1/properties?city=Sopó')).map(({ body }) => body.items);
    expect(await see()).toEqual([[], []]);
    await save({});
    for (const [item] of await see()) expect(item.price).toBe(5);
    await save({ description: 'Nuevo' });
    for (const [item] of await see()) expect(item.description).toBe('Nuevo');
  });
});

describe('what other programs do', () => {
  afterEach(realClock);

  it('is seen once the legacy sync has read it', async () => {
    const id = await addProperty(database, { description: 'Casa' });
    const sync = await app.resolve(LegacySync);
    await sync.start();
    const shown = async () => (await ask(app, `/v1/properties/${id}`)).body.description;
    expect(await shown()).toBe('Casa');
    for (const description of ['CASA', 'Casa grande']) {
      await database.run('update property set description = ? where id = ?', [description, id]);
      await sync.step({ sweeps: false, late: true });
      expect(await shown()).toBe(description);
    }
  });

  it('is seen after 3 seconds at the latest', async () => {
    const id = await addProperty(database);
    const url = `/v1/properties/${id}`;
    const start = Date.now();
    expect((await ask(app, url)).status).toBe(200);
    await database.run('delete from status_history where property_id = ?', [id]);
    await database.run('delete from property where id = ?', [id]);
    setClock(start + 3_500);
    expect((await ask(app, url)).status).toBe(404);
  });
});

describe('a read of the versions on a connection that is silent after a failover', () => {
  it('holds up no later request', async () => {
    const { host, port } = database.config.database;
    const proxy = new Proxy({ host, port });
    await proxy.open();
    const throughProxy = { ...database.config.database, host: '127.0.0.1', port: proxy.port };
    const moved = await startApp({ ...database.config, database: throughProxy });
    try {
      // One statement at a time: the app has one connection.
      const url = '/v1/properties?limit=7';
      await ask(moved, url);
      proxy.silence();
      const stuck = ask(moved, url);
      await sleep(20);
      proxy.failOver();
      const started = performance.now();
      expect((await ask(moved, url)).status).toBe(200);
      expect(performance.now() - started).toBeLessThan(budget(250));
      await stuck;
    } finally {
      await moved.close();
      await proxy.close();
    }
  });
});
