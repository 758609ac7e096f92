import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Listing } from '../../src/properties/listing.js';
import { ListingsService } from '../../src/properties/listings.service.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';

let database: TestDatabase;
let app: NestFastifyApplication;
let listings: ListingsService;

beforeAll(async () => {
  database = await TestDatabase.create();
  app = await startApp(database.config);
  listings = app.get(ListingsService);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(async () => {
  await database.run('delete from status_history');
  await database.run('delete from property');
  await listings.rebuild();
});

const listing = (n: number, change: Partial<Listing> = {}): Listing => ({
  externalRef: `test:${n}`,
  city: ['Cali', 'CALI', 'Tunja', ''][n % 4]!,
  neighbourhood: ['Centro', 'centro', null][n % 3],
  address: `Calle ${n}`,
  description: 'casa con jardín',
  price: (n % 5) * 1_000,
  year: 2000 + (n % 3),
  bedrooms: n % 2 ? n % 4 : null,
  propertyType: n % 2 ? 'house' : 'lot',
  history: [{ status: n % 7 === 0 ? 'comprado' : 'en_venta', at: new Date('2026-01-01T00:00:00Z') }],
  ...change,
});
const batch = (from: number, to: number, change?: Partial<Listing>): Listing[] =>
  Array.from({ length: to - from }, (_, i) => listing(from + i, change));

/** All search tables but what a rebuild may leave behind, counts of nothing, and when a row changed. */
async function tables(): Promise<unknown> {
  const search = await database.run('select * from property_search order by property_id');
  return {
    search: search.map((row) => ({ ...row, version: undefined })),
    words: await database.run('select * from property_words order by property_id'),
    counts: await database.run(
      'select * from facet_count where homes <> 0 order by facet, city_key, status_id, property_type, value',
    ),
    places: await database.run(
      'select * from place_name where homes <> 0 order by city_key, neighbourhood_key, name',
    ),
  };
}

async function expectRight(): Promise<void> {
  const before = await tables();
  // From nothing: nothing of what stands can help.
  for (const table of ['property_search', 'property_words', 'facet_count', 'place_name', 'place_term'])
    await database.run(`delete from ${table}`);
  await listings.rebuild();
  expect(await tables()).toEqual(before);
}

describe('the search tables', () => {
  it('are right after listings came, changed, moved, were sold and hidden', async () => {
    await listings.save(batch(0, 60));
    await listings.save(batch(10, 30, { price: 4_321_000, city: 'Pasto', description: 'lote' }));
    await listings.save(
      batch(20, 40, { history: [{ status: 'vendido', at: new Date('2026-02-01T00:00:00Z') }] }),
    );
    await listings.save(
      batch(30, 45, { history: [{ status: 'comprado', at: new Date('2026-03-01T00:00:00Z') }] }),
    );
    const { body } = await ask(app, '/v1/properties?q=lote&city=pasto&count=true');
    expect(body.page.total).toBe(9);
    await expectRight();
  });

  it('are right after several programs have written at once, whoever was given up for a lock', async () => {
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (n) => {
        for (let round = 0; round < 4; round++)
          await listings.save(batch(n * 5, n * 5 + 20, { price: 1_000 * (round + n), year: 1990 + round }));
      }),
    );
    await expectRight();
  });

  it('a save that fails leaves them as they were', async () => {
    await listings.save(batch(0, 10));
    const before = await tables();
    const unknown = listing(99, { history: [{ status: 'nope', at: null }] });
    await expect(listings.save([...batch(0, 10, { price: 7 }), unknown])).rejects.toThrow('nope');
    expect(await tables()).toEqual(before);
  });

  it('rebuild makes them from nothing while the service runs and others write', async () => {
    await listings.save(batch(0, 200));
    for (const table of ['property_search', 'property_words', 'facet_count', 'place_name'])
      await database.run(`delete from ${table}`);
    await database.run("insert into facet_count values ('year', 'ghost', 4, '', '1900', 5)");
    const state = { rebuilding: true };
    const rebuild = listings.rebuild().finally(() => (state.rebuilding = false));
    for (let n = 0; state.rebuilding; n++) {
      await listings.save([listing(n % 200, { price: 9_000 + n })]);
      expect((await ask(app, '/v1/properties?q=casa&city=cali')).status).toBe(200);
    }
    await rebuild;
    await expectRight();
  });

  it('counts of homes that another program has deleted are gone after a rebuild', async () => {
    await listings.save(batch(1, 5));
    await database.run('delete from status_history');
    await database.run('delete from property');
    expect((await ask(app, '/v1/properties')).body.items).toEqual([]);
    expect((await ask(app, '/v1/properties?q=casa')).body.items).toEqual([]);
    await listings.rebuild();
    expect((await ask(app, '/v1/properties/facets')).body.total).toBe(0);
    expect((await ask(app, '/v1/places?q=cali')).body.items).toEqual([]);
  });

  it('a database that was there before us is filled once, by migrate', async () => {
    await database.run("insert into property (address, city, price) values ('Calle 1', 'Leticia', 5)");
    await database.run('insert into status_history (property_id, status_id) select max(id), 4 from property');
    await database.run('update search_state set built_at = null');
    expect(await listings.fill()).toBe(1);
    expect((await ask(app, '/v1/properties?city=leticia')).body.items).toHaveLength(1);
    expect(await listings.fill()).toBe(0);
  });

  it('a date that is none and texts of every kind do not hinder', async () => {
    await database.run(
      "insert into property (address, city, price, description, neighbourhood) values ('🏠', 'Q''ero', -5, ?, '...')",
      [`${'palabra東京 '.repeat(4_000)}${'x'.repeat(500)}`],
    );
    await database.run(
      "insert into status_history (property_id, status_id, update_date) select max(id), 4, '0000-00-00 00:00:00' from property",
    );
    // A letter that is two when it is normalised.
    await database.run("insert into property (address, city, price, neighbourhood) values ('', ?, 1, ?)", [
      '\u0958'.repeat(32),
      '\u0958'.repeat(120),
    ]);
    await listings.rebuild();
    const { body } = await ask(app, `/v1/properties?q=${encodeURIComponent('palabra東')}%20xxx&city=q%27ero`);
    expect(body.items).toHaveLength(1);
    await expectRight();
  });
});
