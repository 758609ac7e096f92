import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { withDeadline } from '../../src/database/request-deadline.js';
import { LoadedColumns } from '../../src/properties/facets/loaded-columns.js';
import { ask } from '../support/client.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { followAll, other, sync, useLegacySync } from '../support/legacy-sync.js';
import { app, database } from '../support/suite.js';
import { until } from '../support/until.js';

useLegacySync();

/** Loads the columns, unless they are loaded. */
async function load(): Promise<void> {
  const columns = app.get(LoadedColumns);
  await until(async () => {
    await columns.settled();
    return (await columns.current()) !== null;
  });
}
const sweepAll = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await sync.step({ sweeps: true });
};
/** The total and the cities of the properties with a price. Only the columns or the database can count them. */
async function priced(): Promise<{ total: number; cities: Record<string, number> }> {
  const { body } = await ask(app, '/v1/properties/facets?minPrice=1');
  const cities = body.facets.city as { value: string; count: number }[];
  return {
    total: body.total,
    cities: Object.fromEntries(cities.map(({ value, count }) => [value, count])),
  };
}

describe('facets of a common word', () => {
  const PROPERTIES = 25;
  const total = async (): Promise<number> => (await ask(app, '/v1/properties/facets?q=balcon')).body.total;
  let ids: number[];

  beforeAll(async () => {
    const properties = Array.from({ length: PROPERTIES }, () => ({
      city: 'Leticia',
      price: 0,
      description: 'con balcón',
    }));
    ids = await addProperties(database, properties);
  });

  it('find the word in memory from the second count on', async () => {
    expect(await total()).toBe(PROPERTIES);
    expect(await app.get(LoadedColumns).current(['balcon'])).not.toBeNull();
    expect(await total()).toBe(PROPERTIES);
  });

  it('follow a description that another program changed', async () => {
    await other.run('update property set description = ? where id = ?', ['con patio', ids[0]]);
    await followAll();
    expect(await total()).toBe(PROPERTIES - 1);
    await other.run('update property set description = ? where id = ?', ['otro balcón', ids[0]]);
    await followAll();
    expect(await total()).toBe(PROPERTIES);
  });

  it('count a property that was added later', async () => {
    const added = await addProperty(database, { city: 'Leticia', price: 0, description: 'dos balcones' });
    expect(await total()).toBe(PROPERTIES + 1);
    await other.run('delete from status_history where property_id = ?', [added]);
    await other.run('delete from property where id = ?', [added]);
  });
});

describe('facets in memory', () => {
  let id: number;
  beforeAll(async () => {
    await addProperty(database, { city: 'Cali', price: 100 });
    id = await addProperty(database, { city: 'Cali', price: 200 });
    await load();
  });

  it('count a property that was added after the load', async () => {
    await addProperty(database, { city: 'Pasto', price: 300 });
    expect(await priced()).toEqual({ total: 3, cities: { Cali: 2, Pasto: 1 } });
    expect(await app.get(LoadedColumns).current()).not.toBeNull();
  });

  it('follow a change of another program', async () => {
    await other.run("update property set city = 'Neiva' where id = ?", [id]);
    await followAll();
    expect(await priced()).toEqual({ total: 3, cities: { Cali: 1, Pasto: 1, Neiva: 1 } });
  });

  it('omit a property while it is hidden', async () => {
    const setStatus = (name: string) =>
      other.run(
        'insert into status_history (property_id, status_id, update_date) select ?, id, now() from status where name = ?',
        [id, name],
      );
    await setStatus('comprado');
    await followAll();
    expect(await priced()).toEqual({ total: 2, cities: { Cali: 1, Pasto: 1 } });
    await setStatus('en_venta');
    await followAll();
    expect(await priced()).toEqual({ total: 3, cities: { Cali: 1, Pasto: 1, Neiva: 1 } });
  });

  it('omit a deleted property when the sweep has found it', async () => {
    const deleted = await addProperty(database, { city: 'Pasto', price: 300 });
    expect((await priced()).cities['Pasto']).toBe(2);
    await other.run('delete from status_history where property_id = ?', [deleted]);
    await other.run('delete from property where id = ?', [deleted]);
    await sweepAll();
    expect((await priced()).cities['Pasto']).toBe(1);
  });

  it('are loaded again when the tables have an earlier version than the columns', async () => {
    await load();
    await database.run('update search_state set version = version - 1');
    expect((await priced()).total).toBe(3);
    await database.run('update search_state set version = version + 1');
  });

  it('are loaded, and follow, for a request whose time is over', async () => {
    await database.run('update search_state set version = version - 1');
    await new Promise<void>((resolve, reject) =>
      withDeadline(performance.now(), () => void load().then(resolve, reject)),
    );
    await addProperty(database, { city: 'Tunja', price: 300 });
    expect((await priced()).cities['Tunja']).toBe(1);
    expect(await app.get(LoadedColumns).current()).not.toBeNull();
  });
});

describe('the newest properties in a polygon, found in memory', () => {
  const PATH = '/v1/properties?polygon=-60,1,-60.1,1,-60,1.1';
  const listed = async (limit = 2): Promise<number[]> =>
    (await ask(app, `${PATH}&limit=${limit}`)).body.items.map(({ id }: { id: number }) => id);

  it.each([
    ['has been hidden', (id: number) => addStatus(database, id, 'comprado', '2026-05-01 00:00:00')],
    ['is elsewhere', (id: number) => database.run('update property set latitude = 2 where id = ?', [id])],
    [
      'has an older status',
      (id: number) =>
        database.run("update status_history set update_date = '2026-01-01' where property_id = ?", [id]),
    ],
  ])('are read from the database when one of them %s since', async (_, change) => {
    const [, middle, newest] = (await addProperties(
      database,
      [1, 2, 3].map((day) => ({
        latitude: 1.01,
        longitude: -60.01,
        history: [['en_venta', `2026-04-0${day} 00:00:00`]] as [string, string][],
      })),
    )) as [number, number, number];
    await load();
    expect(await listed()).toEqual([newest, middle]);
    const columns = app.get(LoadedColumns);
    const stale = await columns.current();
    const spy = jest.spyOn(columns, 'current').mockResolvedValue(stale);
    await change(newest);
    await derive(database, [newest]);
    expect((await listed()).at(0)).toBe(middle);
    spy.mockRestore();
  });
});
