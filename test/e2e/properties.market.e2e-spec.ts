import { describe, expect, it } from '@jest/globals';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask } from '../support/client.js';
import { addProperties, addProperty, addStatus, type Step } from '../support/factories.js';
import { append, create, patch, shown, useStaff } from '../support/staff.js';
import { app, database } from '../support/suite.js';

useStaff();

const DAY = 86_400_000;
/** A time some days ago, and an hour more. */
const daysAgo = (days: number): string =>
  new Date(Date.now() - days * DAY - DAY / 24).toISOString().slice(0, 19);
const step = (status: string, days: number): Step => [status, daysAgo(days).replace('T', ' ')];
const daysOf = async (id: number) => (await shown(id)).body.daysOnMarket as number | null;

describe('daysOnMarket', () => {
  it.each<[string, Step[], number | null]>([
    ['a property for sale', [step('en_venta', 40)], 40],
    ['a presale that became a sale', [step('pre_venta', 40), step('en_venta', 30)], 40],
    ['a sold property: up to the sale', [step('en_venta', 40), step('vendido', 10)], 30],
    [
      'a property that came back on the market',
      [step('en_venta', 100), step('vendido', 90), step('comprado', 50), step('en_venta', 3)],
      13,
    ],
    ['rows that were written out of order', [step('vendido', 10), step('en_venta', 40)], 30],
    ['a property that was sold at once', [step('vendido', 10)], null],
  ])('of %s', async (_, history, days) => {
    const id = await addProperty(database, { history });
    expect(await daysOf(id)).toBe(days);
    expect((await ask(app, `/v1/properties?sort=newest&limit=100`)).body.items).toContainEqual(
      expect.objectContaining({ id, daysOnMarket: days }),
    );
  });

  it('follows what staff and imports write, and does not move updatedAt', async () => {
    const { body } = await create({ address: 'Calle 9', city: 'Tunja', price: 1, status: 'en_venta' });
    const id = body.id as number;
    expect(body.daysOnMarket).toBe(0);
    await append(id, { status: 'pre_venta', at: `${daysAgo(20)}Z` });
    expect(await daysOf(id)).toBe(20);
    const { updatedAt } = (await shown(id)).body;
    await append(id, { status: 'vendido', at: `${daysAgo(15)}Z` });
    expect((await shown(id)).body).toMatchObject({ daysOnMarket: 5, updatedAt });
    expect((await patch(id, { address: 'Calle 9' })).status).toBe(200);

    const listing = { externalRef: 'market:1', city: 'Tunja' };
    const save = (...history: { status: string; at: Date }[]) =>
      app.get(ListingsService).save([{ ...listing, history }]);
    await save({ status: 'en_venta', at: new Date(`${daysAgo(8)}Z`) });
    await save({ status: 'vendido', at: new Date(`${daysAgo(2)}Z`) });
    const imported = (await ask(app, '/v1/properties?city=tunja&availability=sold&sort=newest')).body.items;
    expect(imported[0]).toMatchObject({ daysOnMarket: 6 });
  });

  it('follows rows that other programs add to the past of a history', async () => {
    const id = await addProperty(database, { history: [step('en_venta', 3)] });
    const sync = await app.resolve(LegacySync);
    await sync.start();
    await sync.step({ sweeps: false, late: true });
    await addStatus(database, id, ...step('en_venta', 30));
    await addStatus(database, id, ...step('comprado', 20));
    await sync.step({ sweeps: false, late: true });
    expect(await daysOf(id)).toBe(13);
  });

  it('is a filter of lists, totals, facets and clusters', async () => {
    const place = { city: 'Pasto', latitude: 1.2, longitude: -77.28 };
    const histories = [
      [step('en_venta', 10)],
      [step('en_venta', 20), step('vendido', 5)],
      [step('vendido', 9)],
    ];
    const [ten, fifteen] = (await addProperties(
      database,
      histories.map((history) => ({ ...place, history })),
    )) as [number, number];
    for (const [filter, expected] of [
      ['minDaysOnMarket=0', [ten, fifteen]],
      ['minDaysOnMarket=10', [ten, fifteen]],
      ['minDaysOnMarket=11', [fifteen]],
      ['maxDaysOnMarket=14', [ten]],
      ['minDaysOnMarket=11&maxDaysOnMarket=14', []],
      ['minDaysOnMarket=15&maxDaysOnMarket=15&sort=price', [fifteen]],
    ] as const) {
      const { items, page } = (await ask(app, `/v1/properties?city=pasto&count=true&${filter}`)).body;
      expect([filter, items.map(({ id }: { id: number }) => id).toSorted()]).toEqual([
        filter,
        expected.toSorted(),
      ]);
      const counted = filter.replace('&sort=price', '');
      const facets = await ask(app, `/v1/properties/facets?city=pasto&${counted}`);
      const clusters = await ask(app, `/v1/properties/clusters?zoom=9&bbox=-78,1,-77,2&${counted}`);
      expect([page.total, facets.body.total, clusters.body.total]).toEqual(Array(3).fill(expected.length));
    }
  });
});
