import { beforeAll, describe, expect, it } from '@jest/globals';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import type { Listing } from '../../src/properties/write/listing.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask } from '../support/client.js';
import { addProperties, addProperty, addStatus } from '../support/factories.js';
import { append, create, patch, send, shown, staff, useStaff } from '../support/staff.js';
import { app, database } from '../support/suite.js';
import { until } from '../support/until.js';

useStaff();

const PROPERTY = { address: 'Calle 1', city: 'Preciópolis', price: 100, status: 'en_venta' };
let sync: LegacySync;

beforeAll(async () => {
  sync = await app.resolve(LegacySync);
  await sync.start();
});

const follow = () => sync.step({ sweeps: false, late: true });
const historyOf = async (id: number, headers = {}) =>
  ask(app, `/v1/properties/${id}/price-history`, { headers });
const pricesOf = async (id: number) =>
  (await historyOf(id)).body.items.map(({ price }: { price: number | null }) => price) as (number | null)[];
const created = async (fields: object = {}) => (await create({ ...PROPERTY, ...fields })).body.id as number;
const listing = (ref: string, fields: Partial<Listing> = {}): Listing => ({
  externalRef: `prices:${ref}`,
  city: 'Preciópolis',
  address: 'Calle 2',
  price: 100,
  history: [{ status: 'en_venta', at: new Date('2026-01-01T00:00:00Z') }],
  ...fields,
});
const imported = async (ref: string, fields?: Partial<Listing>) => {
  await app.get(ListingsService).save([listing(ref, fields)]);
  const [row] = await database.run<{ id: number }>('select id from property where external_ref = ?', [
    `prices:${ref}`,
  ]);
  return row!.id;
};
/** Makes a property one of those that are older than the log: it has no row in it. */
async function addOld(fields: object = {}): Promise<number> {
  const id = await addProperty(database, { city: 'Preciópolis', price: 100, ...fields });
  await database.run('delete from property_price where property_id = ?', [id]);
  await database.run('update property set created_at = null where id = ?', [id]);
  return id;
}

describe('the price log', () => {
  it('has the prices of staff, with the first one since the property is there', async () => {
    const id = await created();
    for (const price of [90, 90, 120, null].slice(0, 3)) await patch(id, { price });
    const { status, body } = await historyOf(id);
    expect(status).toBe(200);
    expect(body.items).toEqual(
      [120, 90, 100].map((price) => ({ price, currency: 'COP', at: expect.any(String), since: true })),
    );
    const times = body.items.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('has the prices of imports and of other programs; what changed twice between two looks is one step', async () => {
    const id = await imported('a');
    await imported('a', { price: 80 });
    await imported('a', { price: 80, address: 'Calle 3' });
    await database.run('update property set price = 70 where id = ?', [id]);
    await database.run('update property set price = 60 where id = ?', [id]);
    await follow();
    await database.run('update property set price = 50 where id = ?', [id]);
    await database.run('update property set price = 60 where id = ?', [id]);
    await follow();
    expect(await pricesOf(id)).toEqual([60, 80, 100]);
  });

  it('begins for an older property with its first change, and says since: false', async () => {
    const id = await addOld();
    const [{ since }] = (await database.run<{ since: string }>(
      'select cast(prices_since as char) as since from search_state',
    )) as [{ since: string }];
    const at = `${since.replace(' ', 'T')}Z`;
    const first = { price: 100, currency: 'COP', at, since: false };
    expect((await historyOf(id)).body.items).toEqual([first]);
    expect(await database.run('select * from property_price where property_id = ?', [id])).toEqual([]);
    expect((await shown(id)).body).toMatchObject({ previousPrice: null, priceChangedAt: null });
    await patch(id, { price: 90 });
    const { items } = (await historyOf(id)).body;
    expect(items).toEqual([{ price: 90, currency: 'COP', at: expect.any(String), since: true }, first]);
    expect((await shown(id)).body).toMatchObject({ previousPrice: 100, priceChangedAt: items[0].at });
  });

  it('says since: false for a listing that was created before it was imported', async () => {
    const id = await imported('old', { createdAt: new Date('2024-01-01T00:00:00Z') });
    expect((await historyOf(id)).body.items).toMatchObject([{ price: 100, since: false }]);
    const fresh = await imported('fresh');
    expect((await historyOf(fresh)).body.items).toMatchObject([{ price: 100, since: true }]);
  });

  it('knows unknown prices and currencies: another currency is a step, whose previous price is not comparable', async () => {
    const id = await imported('b', { price: null, currency: 'USD' });
    await imported('b', { price: 100, currency: 'USD' });
    expect((await shown(id)).body).toMatchObject({ previousPrice: null, priceChangedAt: expect.any(String) });
    await imported('b', { price: 100, currency: null });
    expect((await shown(id)).body).toMatchObject({ previousPrice: null, currency: 'COP' });
    expect((await historyOf(id)).body.items).toMatchObject([
      { price: 100, currency: 'COP' },
      { price: 100, currency: 'USD' },
      { price: null, currency: 'USD' },
    ]);
  });

  it('is shown up to its last 1,000 prices', async () => {
    const id = await created();
    const added = Array.from({ length: 1_001 }, (_, i) => [id, i + 9, 200 + i, 'COP', '2030-01-01 00:00:00']);
    await database.run('insert into property_price (property_id, n, price, currency, at) values ?', [added]);
    const { items } = (await historyOf(id)).body;
    expect([items.length, items[0].price, items.at(-1).price]).toEqual([1_000, 1_200, 201]);
    expect((await patch(id, { price: 5 })).body.previousPrice).toBe(1_200);
  });

  it('of a hidden property is for staff', async () => {
    const id = await created();
    await append(id, { status: 'comprado' });
    await patch(id, { price: 10 });
    const [unknown, hidden] = [await historyOf(999_999), await historyOf(id)];
    expect([hidden.status, hidden.body.type]).toEqual([404, unknown.body.type]);
    expect((await historyOf(id, staff)).body.items).toMatchObject([{ price: 100 }]);
  });

  it('has no price of a time when the property was hidden', async () => {
    const id = await created({ price: 70, status: 'comprando' });
    await patch(id, { price: 80 });
    await append(id, { status: 'en_venta' });
    expect((await shown(id)).body).toMatchObject({ previousPrice: null, priceChangedAt: null });
    expect(await pricesOf(id)).toEqual([80]);
    // An older property has no row until it is hidden.
    const old = await addOld();
    for (const one of [id, old]) {
      await append(one, { status: 'comprado' });
      await patch(one, { price: 20 });
      await patch(one, { price: 90 });
      await append(one, { status: 'pre_venta' });
    }
    expect([await pricesOf(id), await pricesOf(old)]).toEqual([
      [90, 80],
      [90, 100],
    ]);
    expect((await shown(old)).body).toMatchObject({ previousPrice: 100, priceChangedAt: expect.any(String) });
  });

  it('has no price that is written after another program hid the property, before the legacy sync saw it', async () => {
    const [byStaff, byImport] = [await created(), await imported('hidden')];
    for (const id of [byStaff, byImport]) await addStatus(database, id, 'comprado', '2037-01-01 00:00:00');
    expect((await patch(byStaff, { price: 10 })).body).toMatchObject({ price: 10, availability: null });
    await imported('hidden', { price: 10 });
    for (const id of [byStaff, byImport]) {
      expect((await shown(id)).status).toBe(404);
      expect((await historyOf(id, staff)).body.items).toMatchObject([{ price: 100 }]);
    }
    const [audit] = await database.run<{ changes: string }>(
      'select changes from property_audit where property_id = ? order by id desc limit 1',
      [byStaff],
    );
    expect(JSON.parse(audit!.changes)).toEqual({ price: { from: 100, to: 10 } });
  });

  it('goes with its property', async () => {
    const id = await imported('gone');
    await database.run('delete from status_history where property_id = ?', [id]);
    await database.run('delete from property where id = ?', [id]);
    expect(await database.run('select * from property_price where property_id = ?', [id])).toEqual([]);
  });
});

describe('previousPrice and priceChangedAt', () => {
  it('move with the price, and move updatedAt and the ETag: in detail, list and the answer of the patch', async () => {
    const id = await created({ city: 'Cambiópolis' });
    const before = await shown(id);
    expect(before.body).toMatchObject({ previousPrice: null, priceChangedAt: null });
    const { body } = await patch(id, { price: 75 });
    expect(body).toMatchObject({ price: 75, previousPrice: 100, priceChangedAt: expect.any(String) });
    const after = await shown(id);
    expect(after.body).toEqual(body);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    expect(after.body.updatedAt >= after.body.priceChangedAt).toBe(true);
    expect((await ask(app, '/v1/properties?city=cambiopolis')).body.items).toEqual([body]);
    const same = await send(
      'PATCH',
      `/v1/properties/${id}`,
      { description: 'otra' },
      {
        'if-match': after.headers['etag'] as string,
      },
    );
    expect(same.body).toMatchObject({ previousPrice: 100, priceChangedAt: body.priceChangedAt });
  });

  it('of another program move updatedAt once more, and the sync does not read its own change again', async () => {
    const id = await imported('c');
    await follow();
    await database.run('update property set price = 90 where id = ?', [id]);
    const { body: unseen } = await shown(id);
    await follow();
    const { body } = await shown(id);
    expect(body).toMatchObject({ price: 90, previousPrice: 100 });
    expect(body.updatedAt > unseen.updatedAt).toBe(true);
    const [row] = await database.run<{ same: number }>(
      'select p.updated_at = s.seen_at as same from property p join property_search s on s.property_id = p.id where p.id = ?',
      [id],
    );
    expect(row!.same).toBe(1);
  });

  it('come from the log: a rebuild corrects them, and writes nothing when they are right', async () => {
    const ids = [await created(), await imported('d'), await addOld()];
    await patch(ids[0]!, { price: 50 });
    const listings = app.get(ListingsService);
    const state = async () => [
      await database.run(
        `select id, previous_price, price_changed_at, s.currency, price_drop, price_reduced_at
        from property join property_search s on s.property_id = id where id in (?) order by id`,
        [ids],
      ),
      await database.run('select * from property_price order by property_id, n'),
    ];
    await listings.rebuild();
    const before = await state();
    await database.run('update property set previous_price = 1, price_changed_at = now() where id in (?)', [
      ids,
    ]);
    await database.run(
      'update property_search set price_drop = 7, price_reduced_at = 7 where property_id in (?)',
      [ids],
    );
    expect((await listings.rebuild()).search).toBe(3);
    expect(await state()).toEqual(before);
    expect((await listings.rebuild()).search).toBe(0);
  });

  it('are right after the search tables were filled again, without a first row for each property', async () => {
    const [old, changed] = (await addProperties(database, [{ price: 5 }, { price: 6 }])) as [number, number];
    await patch(changed, { price: 3 });
    await database.run('delete from property_price where property_id = ?', [old]);
    const columns = `select property_id, price, currency, price_drop, price_reduced_at from property_search
      where property_id in (?) order by property_id`;
    const before = await database.run(columns, [[old, changed]]);
    await database.run('delete from property_search');
    await database.run('update search_state set built_at = null');
    await app.get(ListingsService).fill();
    expect(await database.run(columns, [[old, changed]])).toEqual(before);
    expect(await database.run('select * from property_price where property_id = ?', [old])).toEqual([]);
    expect((await shown(changed)).body.previousPrice).toBe(6);
  });
});

describe('a process of an older release that serves during an upgrade', () => {
  /** Changes a property and derives its search row, as a release without the log of prices and the feed of changes does. */
  async function changeAsOlderRelease(id: number, fields: string): Promise<void> {
    await until(async () => {
      const [row] = await database.run<{ isOver: number }>(
        'select current_timestamp(3) > max(at) as isOver from property_change',
      );
      return Number(row!.isOver) === 1;
    });
    await database.run(`update property set ${fields} where id = ?`, [id]);
    await database.run(
      `update property_search s join property p on p.id = s.property_id
       set s.price = p.price, s.status_id = p.current_status_id, s.availability = p.availability, s.seen_at = p.updated_at
       where p.id = ?`,
      [id],
    );
  }
  const newest = async () => (await ask(app, '/v1/changes?limit=1000')).body.page.next as number;
  const changesSince = async (after: number) =>
    (await ask(app, `/v1/changes?after=${after}`)).body.items.map(
      ({ propertyId, change }: { propertyId: number; change: string }) => [propertyId, change],
    );

  it('a change of it is in the feed once, and its price is known since then', async () => {
    const old = await addOld();
    const logged = await created();
    await follow();
    const start = await newest();
    await changeAsOlderRelease(old, 'price = 99');
    await changeAsOlderRelease(logged, 'price = 70');
    await follow();
    expect(await changesSince(start)).toEqual([
      [old, 'updated'],
      [logged, 'updated'],
    ]);
    const after = await newest();
    await follow();
    expect(await changesSince(after)).toEqual([]);
    const { items } = (await historyOf(old)).body;
    expect(items).toEqual([{ price: 99, currency: 'COP', at: expect.any(String), since: false }]);
    expect(Date.now() - Date.parse(items[0].at)).toBeLessThan(600_000);
    expect(await pricesOf(logged)).toEqual([70, 100]);
  });

  it('a property that it withdrew is withdrawn in the feed', async () => {
    const id = await created();
    await follow();
    const start = await newest();
    await addStatus(database, id, 'comprado', '2027-01-01 00:00:00');
    const [row] = await database.run<{ id: number }>("select id from status where name = 'comprado'");
    await changeAsOlderRelease(id, `current_status_id = ${row!.id}, availability = null`);
    await follow();
    expect(await changesSince(start)).toEqual([[id, 'withdrawn']]);
  });
});
