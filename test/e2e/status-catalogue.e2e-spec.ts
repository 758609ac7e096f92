import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PropertyRepository } from '../../src/properties/read/property.repository.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty, derive } from '../support/factories.js';
import { updateRanking } from '../support/ranking.js';
import { useDatabases } from '../support/suite.js';

const EVERY_READ = [
  '/v1/properties',
  '/v1/properties?count=true&availability=available',
  '/v1/properties?q=balcon&sort=relevance',
  '/v1/properties/facets',
  '/v1/properties/facets?minPrice=1',
  '/v1/properties/facets?q=balcon',
  '/v1/ranking/properties',
  '/v1/ranking/properties?city=Cali&by=trending',
  '/v1/ranking/properties.csv',
];

afterEach(() => app?.close());
const create = useDatabases();
let database: TestDatabase;
let app: NestFastifyApplication;
let headers: Record<string, string>;

beforeEach(async () => {
  database = await create();
  await addUsers(database, ['staff'], { isStaff: true });
});

async function start(): Promise<void> {
  app = await startApp(database.config);
  headers = await signIn(app, 'staff');
}

/** Deletes a status as a program on a server without foreign keys can. */
async function deleteStatus(name: string): Promise<void> {
  const other = await TestDatabase.connect(database.config);
  try {
    await other.run('set foreign_key_checks = 0');
    await other.run('delete from status where name = ?', [name]);
  } finally {
    await other.close();
  }
}

const property = (status: string, city = 'Cali'): Promise<number> =>
  addProperty(database, { city, description: 'con balcón', history: [[status, '2026-01-01 00:00:00']] });

async function answers(urls: readonly string[]): Promise<Record<string, number>> {
  const all = await Promise.all(
    urls.map(async (url) => [url, (await ask(app, url, { headers })).status] as const),
  );
  return Object.fromEntries(all);
}
const ok = (urls: readonly string[]) => Object.fromEntries(urls.map((url) => [url, 200]));

const found = async (url: string): Promise<number[]> =>
  (await ask(app, url, { headers })).body.items.map((item: { id: number }) => item.id);
const statusFacet = async (query: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await ask(app, `/v1/properties/facets${query}`)).body.facets.status.map(
      ({ value, count }: { value: string; count: number }) => [value, count],
    ),
  );

describe('a database whose table status lacks a public status', () => {
  const FILTERED = EVERY_READ.map((url) => `${url}${url.includes('?') ? '&' : '?'}status=pre_venta`);

  it('answers every read, and a filter by that status finds no property', async () => {
    await deleteStatus('pre_venta');
    const id = await property('en_venta');
    await updateRanking(database);
    await start();
    const urls = [
      ...EVERY_READ,
      ...FILTERED,
      ...['', '/status-history', '/similar'].map((rest) => `/v1/properties/${id}${rest}`),
      `/v1/ranking/properties/${id}`,
      '/v1/ranking/cities',
    ];
    expect(await answers(urls)).toEqual(ok(urls));
    expect((await ask(app, '/v1/properties?status=pre_venta&count=true')).body).toEqual({
      items: [],
      page: { limit: 20, nextCursor: null, total: 0 },
    });
    expect(await found('/v1/ranking/properties?status=pre_venta')).toEqual([]);
    expect((await ask(app, '/v1/properties/facets?status=pre_venta')).body.total).toBe(0);
    expect(await found('/v1/properties?status=pre_venta&status=en_venta')).toEqual([id]);
    expect((await ask(app, `/v1/properties/${id}/status-history`)).body.items).toHaveLength(1);
  });

  it('answers every read when no public status is left', async () => {
    const id = await property('en_venta');
    await updateRanking(database);
    for (const name of ['pre_venta', 'en_venta', 'vendido']) await deleteStatus(name);
    await start();
    const urls = [...EVERY_READ, ...FILTERED, `/v1/properties/${id}`, `/v1/properties/${id}/status-history`];
    expect(await answers(urls)).toEqual(ok(urls));
    expect((await ask(app, `/v1/properties/${id}/status-history`)).body.items).toEqual([]);
    // The refresh gives it a status that is not public.
    await derive(database, [id]);
    expect((await ask(app, `/v1/properties/${id}`)).status).toBe(404);
    // Otherwise the legacy sync would refresh it in every step.
    expect(await database.run('select current_status_id is null as lacks from property')).toEqual([
      { lacks: 0 },
    ]);
  });
});

describe('a database whose table status has a row without a name', () => {
  it('answers every read', async () => {
    await database.run('alter table status modify name varchar(32) null, modify label varchar(64) null');
    await database.run('insert into status (id, name, label) values (90, null, null)');
    const id = await property('en_venta');
    await updateRanking(database);
    await start();
    await database.run('insert into status_history (property_id, status_id) values (?, 90)', [id]);
    await derive(database, [id]);
    const urls = [...EVERY_READ, `/v1/properties/${id}`, `/v1/properties/${id}/visibility`];
    expect(await answers(urls)).toEqual(ok(urls));
    expect(await found('/v1/properties')).toEqual([]);
  });
});

describe('a public status that appears after the statuses were read', () => {
  it('appears at once in every answer with such a property', async () => {
    await deleteStatus('pre_venta');
    const known = await property('en_venta');
    await start();
    await ask(app, '/v1/properties');
    await database.run("insert into status (id, name, label) values (77, 'pre_venta', 'En preventa')");
    const id = await property('pre_venta');
    await updateRanking(database);
    // Counted by searching the properties, and with every filter but the status.
    expect(await statusFacet('?minPrice=1')).toEqual({ en_venta: 1, pre_venta: 1 });
    expect(await statusFacet('')).toEqual({ en_venta: 1, pre_venta: 1 });
    expect((await ask(app, `/v1/properties/${id}/status-history`)).body.items).toEqual([
      { status: { name: 'pre_venta', label: 'En preventa' }, at: '2026-01-01T00:00:00Z' },
    ]);
    expect(await found('/v1/properties?status=pre_venta')).toEqual([id]);
    expect((await found('/v1/properties')).toSorted((a, b) => a - b)).toEqual([known, id]);
    expect(await answers(EVERY_READ)).toEqual(ok(EVERY_READ));
  });

  it('appears at once in the history of a property, also when it is not the current status', async () => {
    await deleteStatus('pre_venta');
    await start();
    await ask(app, '/v1/properties');
    await database.run("insert into status (id, name, label) values (77, 'pre_venta', 'En preventa')");
    const id = await addProperty(database, {
      history: [
        ['pre_venta', '2026-01-01 00:00:00'],
        ['en_venta', '2026-02-01 00:00:00'],
      ],
    });
    const { body } = await ask(app, `/v1/properties/${id}/status-history`);
    expect(body.items.map((item: { status: { name: string } }) => item.status.name)).toEqual([
      'en_venta',
      'pre_venta',
    ]);
  });
});

describe('a public status that disappears or gets another name after the statuses were read', () => {
  it.each([
    ['is deleted', (): Promise<unknown> => deleteStatus('vendido')],
    [
      'gets another name',
      (): Promise<unknown> => database.run("update status set name = 'entregado' where name = 'vendido'"),
    ],
  ])('%s: every read answers, before and after the statuses are read again', async (_, change) => {
    const sold = await property('vendido');
    const onSale = await property('en_venta');
    await updateRanking(database);
    await start();
    const urls = [
      ...EVERY_READ,
      '/v1/properties?status=vendido',
      '/v1/properties/facets?status=vendido&minPrice=1',
      '/v1/ranking/properties?status=vendido',
      ...[sold, onSale].flatMap((id) => [`/v1/properties/${id}`, `/v1/properties/${id}/status-history`]),
    ];
    expect(await answers(urls)).toEqual(ok(urls));
    await change();
    expect(await answers(urls)).toEqual(ok(urls));
    await app.close();
    await start();
    expect(await answers(urls)).toEqual(ok(urls));
    // Every value of a facet is a valid filter.
    expect(Object.keys(await statusFacet('?minPrice=1'))).toEqual(['en_venta']);
  });

  it('a property with an unknown status does not cause a read of the statuses in every request', async () => {
    const sold = await property('vendido');
    await deleteStatus('vendido');
    await start();
    await ask(app, `/v1/properties/${sold}`);
    const reads = jest.spyOn(app.get(PropertyRepository), 'findStatuses');
    for (let i = 0; i < 50; i++) expect((await ask(app, `/v1/properties/${sold}`)).status).toBe(200);
    // The service reads the statuses every few seconds, and once for the missing status.
    expect(reads.mock.calls.length).toBeLessThan(10);
  });

  it('staff cannot set it: 422 with the existing names', async () => {
    const id = await property('en_venta');
    await start();
    const json = { ...headers, 'content-type': 'application/json' };
    await ask(app, '/v1/properties');
    const give = (status: string) =>
      ask(app, `/v1/properties/${id}/status`, {
        method: 'POST',
        headers: json,
        payload: JSON.stringify({ status }),
      });
    await deleteStatus('vendido');
    const gone = await give('vendido');
    expect(gone.status).toBe(422);
    expect(gone.text).not.toContain('vendido,');
    await database.run("update status set name = 'visitado' where name = 'pre_venta'");
    expect((await give('pre_venta')).status).toBe(422);
    expect((await give('visitado')).status).toBe(201);
    expect(await database.run('select count(*) as n from status_history')).toEqual([{ n: 2 }]);
  });
});
