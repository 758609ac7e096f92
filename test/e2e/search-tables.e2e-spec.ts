import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { inTransaction } from '../../src/database/transaction.js';
import type { Listing } from '../../src/properties/write/listing.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { PriceLog } from '../../src/properties/search-index/price-log.js';
import { SearchWriter } from '../../src/properties/search-index/search-writer.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

let listings: ListingsService;

beforeAll(async () => {
  listings = app.get(ListingsService);
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

/** All search tables, without counts of zero and without row versions: a rebuild may differ in these. */
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
  // Rebuild from empty tables.
  for (const table of ['property_search', 'property_words', 'facet_count', 'place_name', 'place_term'])
    await database.run(`delete from ${table}`);
  await listings.rebuild();
  expect(await tables()).toEqual(before);
}

describe('the search tables', () => {
  it('are right after listings were created, changed, moved, sold and hidden', async () => {
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

  it('are right after several programs wrote at once, also after lock timeouts', async () => {
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (n) => {
        for (let round = 0; round < 4; round++)
          await listings.save(batch(n * 5, n * 5 + 20, { price: 1_000 * (round + n), year: 1990 + round }));
      }),
    );
    await expectRight();
  });

  it('a failed save does not change them', async () => {
    await listings.save(batch(0, 10));
    const before = await tables();
    const unknown = listing(99, { history: [{ status: 'nope', at: null }] });
    await expect(listings.save([...batch(0, 10, { price: 7 }), unknown])).rejects.toThrow('nope');
    expect(await tables()).toEqual(before);
  });

  it('rebuild fills empty tables while the service runs and others write', async () => {
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

  it('a rebuild removes the counts of properties that another program deleted', async () => {
    await listings.save(batch(1, 5));
    await database.run('delete from status_history');
    await database.run('delete from property');
    expect((await ask(app, '/v1/properties')).body.items).toEqual([]);
    expect((await ask(app, '/v1/properties?q=casa')).body.items).toEqual([]);
    await listings.rebuild();
    expect((await ask(app, '/v1/properties/facets')).body.total).toBe(0);
    expect((await ask(app, '/v1/places?q=cali')).body.items).toEqual([]);
  });

  it('migrate fills the tables of an existing database once', async () => {
    await database.run("insert into property (address, city, price) values ('Calle 1', 'Leticia', 5)");
    await database.run('insert into status_history (property_id, status_id) select max(id), 4 from property');
    await database.run('update search_state set built_at = null');
    expect(await listings.fill()).toBe(1);
    expect((await ask(app, '/v1/properties?city=leticia')).body.items).toHaveLength(1);
    expect(await listings.fill()).toBe(0);
  });

  it('accept invalid dates and texts of every kind', async () => {
    await database.run(
      "insert into property (address, city, price, description, neighbourhood) values ('🏠', 'Q''ero', -5, ?, '...')",
      [`${'palabra東京 '.repeat(4_000)}${'x'.repeat(500)}`],
    );
    await database.run(
      "insert into status_history (property_id, status_id, update_date) select max(id), 4, '0000-00-00 00:00:00' from property",
    );
    // Normalisation turns this letter into two.
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

describe('search tables of an older release', () => {
  const RULES = '20261129000000-search-rules';

  /** Writes the search rows as the previous release did: `º` is a letter, no character is ignored, 0/0 is a location. */
  async function makeOld(id: number): Promise<void> {
    await database.run(
      `update property_search set city_key = ?, city = ?, neighbourhood_key = 'nº2', latitude = 0, longitude = 0
      where property_id = ?`,
      ['bogo\u00ADta', 'Bogo\u00ADtá', id],
    );
    await database.run(
      "update property_words set words = ' w_bogo w_ta w_n_ba_2 w_pis w_cina w_300 w_m_b2_ p_bogo p_ta ' where property_id = ?",
      [id],
    );
    for (const table of ['facet_count', 'place_name', 'place_term'])
      await database.run(`delete from ${table}`);
    const { em } = database.orm;
    await inTransaction(em, async () => {
      const writer = new SearchWriter(em, new PriceLog(em));
      for (const city of await writer.cityKeys()) await writer.recountCity(city);
      await writer.recountCountry();
    });
    await database.run('alter table search_state drop column rules');
    await database.run('delete from mikro_orm_migrations where name = ?', [RULES]);
  }
  const found = async (query: Record<string, string>): Promise<number[]> =>
    (await ask(app, `/v1/properties?${new URLSearchParams(query).toString()}`)).body.items.map(
      (item: { id: number }) => item.id,
    );

  it('migrate rebuilds them once, in batches, and continues after an interruption', async () => {
    await listings.save(batch(0, 1_001));
    const id = await addProperty(database, {
      city: 'Bogo\u00ADtá',
      neighbourhood: 'Nº2',
      description: 'pis\u00ADcina de 300 m²',
      latitude: 0,
      longitude: 0,
    });
    await makeOld(id);
    expect(await found({ city: 'bogota' })).toEqual([]);
    expect(await found({ bbox: '-1,-1,1,1' })).toEqual([id]);
    expect(await migrate(database.orm)).toEqual([RULES]);

    // The locked property is in the second batch.
    const other = await TestDatabase.connect(database.config);
    try {
      await other.run('begin');
      await other.run('select id from property where id = ? for update', [id]);
      await expect(listings.fill()).rejects.toMatchObject({ errno: 1205 });
    } finally {
      await other.run('rollback');
      await other.close();
    }

    expect(await listings.fill()).toBe(1_002);
    expect(await listings.fill()).toBe(0);
    const queries: Record<string, string>[] = [
      { city: 'BOGOTA' },
      { q: 'piscina m2' },
      { q: 'n 2' },
      { city: 'bogotá', q: '300' },
    ];
    for (const query of queries) expect(await found(query)).toEqual([id]);
    expect(await found({ bbox: '-1,-1,1,1' })).toEqual([]);
    expect((await ask(app, '/v1/places?q=bogo')).body.items).toEqual([
      { kind: 'city', name: 'Bogotá', city: 'Bogotá', count: 1 },
    ]);
    expect((await ask(app, '/v1/properties/facets')).body.facets.city).toContainEqual({
      value: 'Bogotá',
      count: 1,
    });
    await expectRight();
  }, 60_000);
});
