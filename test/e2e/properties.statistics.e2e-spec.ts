import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { LoadedColumns } from '../../src/properties/facets/loaded-columns.js';
import { ask, walk } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { addProperties, addProperty, type Step } from '../support/factories.js';
import { expectedStatistics, type MarketProperty } from '../support/statistics-oracle.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

useApp();

const NOW = Date.parse('2026-11-29T06:00:00Z');
const DAY = 86_400_000;
const sqlTime = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

const history = fc
  .array(
    fc.record({
      status: fc.constantFrom('pre_venta', 'en_venta', 'en_venta', 'vendido', 'comprado'),
      at: fc.oneof(
        fc.integer({ min: 0, max: 900 * 24 }).map((hours) => NOW - hours * (DAY / 24)),
        fc
          .constantFrom('2026-10-31T23:59:59Z', '2026-11-01T00:00:00Z', '2024-12-01T00:00:00Z')
          .map(Date.parse),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((steps) => steps.toSorted((a, b) => a.at - b.at).map(({ status, at }): Step => [status, sqlTime(at)]));
const property = fc.record({
  city: fc.constantFrom('Bogotá', 'Cali'),
  address: fc.constantFrom('Calle 1', 'Carrera 2'),
  price: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 900 }).map((n) => n * 1_000),
  ),
  area: fc.constantFrom(null, 0, 50, 62.5, 80, 0.5),
  property_type: fc.constantFrom('house', 'lot'),
  place: fc.option(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))),
  history,
});

const FILTERS = [
  '',
  'city=cali',
  'availability=sold',
  'status=en_venta&propertyType=lot',
  'q=carrera',
  'minPrice=100000&maxPrice=600000',
  'minArea=50',
  'minDaysOnMarket=100',
  'maxDaysOnMarket=300&city=bogota',
  'bbox=-74.05,4,-74,4.05',
  'near=4.02,-74.02&radius=3000',
  'polygon=-74.1,4,-74,4,-74,4.09',
  'city=leticia',
  'availability=sold&status=en_venta',
];

const properties = new Map<number, MarketProperty>();

beforeAll(async () => {
  setClock(NOW);
  const made = fc.sample(property, 150);
  const ids = await addProperties(
    database,
    made.map(({ place, ...row }) => ({
      ...row,
      latitude: place && 4 + place[0] / 100,
      longitude: place && -74 - place[1] / 100,
    })),
  );
  for (const [i, id] of ids.entries()) properties.set(id, made[i]!);
});

const statistics = async (query: string) => {
  const { status, body } = await ask(app, `/v1/properties/statistics?${query}`);
  expect(status).toBe(200);
  return body;
};

describe('GET /v1/properties/statistics', () => {
  it.each(['in memory', 'in the database'])(
    'summarises exactly the properties of the list, read %s',
    async (place) => {
      const columns = app.get(LoadedColumns);
      await until(async () => (await columns.current()) !== null);
      if (place === 'in the database') jest.spyOn(columns, 'current').mockResolvedValue(null);
      for (const filter of FILTERS) {
        const ids = await walk(app, `/v1/properties?${filter}&limit=100`);
        const expected = expectedStatistics(
          ids.map((id) => properties.get(id)!),
          NOW,
        );
        expect([filter, await statistics(filter)]).toEqual([filter, expected]);
      }
      jest.restoreAllMocks();
    },
  );

  it('follows a change at once, and a month and a day that end without one', async () => {
    const query = 'city=yopal';
    const none = { count: 0, min: null, p25: null, median: null, p75: null, max: null };
    expect(await statistics(query)).toMatchObject({ total: 0, price: none, daysOnMarket: none });
    await addProperty(database, { city: 'Yopal', price: 3, history: [['en_venta', sqlTime(NOW)]] });
    const before = await statistics(query);
    expect(before).toMatchObject({ total: 1, price: { median: 3 }, daysOnMarket: { max: 0 } });
    expect(before.months.at(-1)).toEqual({ month: '2026-11', published: 1, sold: 0, available: 1 });
    setClock(NOW + 3 * DAY);
    // A kept answer is sent for some seconds of real time.
    await until(async () => (await statistics(query)).daysOnMarket.max === 3);
    const after = await statistics(query);
    setClock(NOW);
    expect(after.months.slice(-2)).toEqual([
      { month: '2026-11', published: 1, sold: 0, available: 1 },
      { month: '2026-12', published: 0, sold: 0, available: 1 },
    ]);
  });

  it('400 with a parameter of the list', async () => {
    const { status, body } = await ask(app, '/v1/properties/statistics?limit=2');
    expect([status, body.errors[0].field]).toEqual([400, 'limit']);
  });
});
