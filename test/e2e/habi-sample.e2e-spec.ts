import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask, walk } from '../support/client.js';
import { describeWith, REAL_DATA } from '../support/optional.js';
import { app, database, useApp } from '../support/suite.js';

const FOLDER = `${REAL_DATA}habi_test_db/`;

describeWith('real-data', 'the sample database of an older program', () => {
  useApp({ prepare: insertSample });
  beforeAll(async () => {
    await app.get(ListingsService).rebuild();
  });

  async function insertSample(): Promise<void> {
    await database.run('delete from status');
    for (const table of ['property', 'status', 'status_history']) {
      const rows = parse<Record<string, string>>(readFileSync(`${FOLDER}${table}.csv`), { columns: true });
      for (const row of rows) {
        const values = Object.values(row).map((value) => (value === '\\N' ? null : value));
        await database.run(
          `insert into ${table} (${Object.keys(row).join()}) values (${values.map(() => '?').join()})`,
          values,
        );
      }
    }
  }

  const total = async (query: string): Promise<number> =>
    (await ask(app, `/v1/properties?count=true&${query}`)).body.page.total;

  it('shows 55 properties: 35 pre_venta, 8 en_venta, 12 vendido; 50 have an address', async () => {
    expect(await total('')).toBe(55);
    expect(
      await Promise.all(['pre_venta', 'en_venta', 'vendido'].map((status) => total(`status=${status}`))),
    ).toEqual([35, 8, 12]);
    expect([await total('availability=available'), await total('availability=sold')]).toEqual([43, 12]);
    const ids = await walk(app, '/v1/properties?limit=9');
    expect(ids).toHaveLength(55);
    const { body } = await ask(app, '/v1/properties?limit=100');
    const withAddress = body.items.filter((item: { address: string | null }) => item.address !== null);
    expect(withAddress).toHaveLength(50);
  });

  it('lists 54, with three rows of the same newest second, once; 53 keeps its newest date', async () => {
    const ids = await walk(app, '/v1/properties');
    expect(ids.filter((id) => id === 54)).toEqual([54]);
    expect((await ask(app, '/v1/properties/53')).body.statusSince).toBe('2021-04-10T22:23:56Z');
    expect((await ask(app, '/v1/properties/54/status-history')).body.items).toHaveLength(1);
    expect((await ask(app, '/v1/properties/53/status-history')).body.items).toHaveLength(2);
  });

  it('hides properties whose status went back (1, 6) and properties without history (8, 9, 12, 62, 96, 97)', async () => {
    for (const id of [1, 6, 8, 9, 12, 62, 96, 97, 11])
      expect([id, (await ask(app, `/v1/properties/${id}`)).status]).toEqual([id, 404]);
  });

  it('returns null for blank values of properties with a public status', async () => {
    for (const id of [61, 63, 64, 65, 66]) {
      expect((await ask(app, `/v1/properties/${id}`)).body).toMatchObject({
        id,
        address: null,
        city: null,
        price: null,
        description: null,
        year: null,
      });
    }
    expect((await ask(app, '/v1/properties/60')).body.year).toBe(1800);
  });

  it('finds a city in any spelling', async () => {
    expect(await total('city=Bogot%C3%A1')).toBe(await total('city=bogota'));
    expect(await total('city=Bel%C3%A9n%20de%20Umbr%C3%ADa')).toBe(4);
  });
});
