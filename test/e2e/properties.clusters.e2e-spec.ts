import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LoadedColumns } from '../../src/properties/facets/loaded-columns.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

const COUNTRY = 'bbox=-80,-5,-66,13';
let lone: number;

beforeAll(async () => {
  const grid = Array.from({ length: 60 }, (_, i) => ({
    city: i % 2 ? 'Bogotá' : 'Cali',
    latitude: 4 + (i % 6) * 0.01,
    longitude: -74 + Math.floor(i / 6) * 0.01,
    price: i % 5 === 0 ? 0 : i * 1_000,
    history: [[i % 4 ? 'en_venta' : 'vendido', '2026-05-01 10:00:00']] as const,
  }));
  await addProperties(database, [
    ...grid,
    { city: 'Bogotá' },
    { city: 'Bogotá', latitude: 0, longitude: 0 },
    { city: 'Oculta', latitude: 4, longitude: -74, history: [['comprado', '2026-05-01 10:00:00']] },
  ]);
  [lone] = (await addProperties(database, [
    { city: 'Leticia', latitude: -4.2, longitude: -69.9, price: 7 },
  ])) as [number];
});

const clusters = async (query: string) => {
  const { status, body } = await ask(app, `/v1/properties/clusters?${query}`);
  expect(status).toBe(200);
  return body as {
    total: number;
    items: { count: number; property: { id: number } | null; price: object | null; bbox: number[] }[];
  };
};

describe('GET /v1/properties/clusters', () => {
  it.each(['in memory', 'in the database'])(
    'has each located property of the list in one cluster, at any zoom and with any filter, read %s',
    async (place) => {
      if (place === 'in the database') jest.spyOn(app.get(LoadedColumns), 'current').mockResolvedValue(null);
      for (const filter of [
        COUNTRY,
        `${COUNTRY}&city=cali&status=vendido`,
        'bbox=-74,4,-73.95,4.03&minPrice=1',
        `${COUNTRY}&polygon=-74,4,-73.9,4,-73.95,4.1`,
        `${COUNTRY}&q=calle`,
        `${COUNTRY}&availability=sold&status=en_venta`,
      ]) {
        const list = await ask(app, `/v1/properties?${filter}&count=true&limit=1`);
        for (const zoom of [0, 5, 11, 13, 16, 17, 20]) {
          const { total, items } = await clusters(`${filter}&zoom=${zoom}`);
          expect([filter, zoom, total]).toEqual([filter, zoom, list.body.page.total]);
          expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(total);
        }
      }
      jest.restoreAllMocks();
    },
  );

  it('shows the property, as the list does, where it is alone', async () => {
    const { items } = await clusters(`${COUNTRY}&zoom=6`);
    expect(items.map(({ count }) => count)).toEqual([60, 1]);
    const { body } = await ask(app, `/v1/properties/${lone}`);
    expect(items[1]).toEqual({
      location: { lat: -4.2, lng: -69.9 },
      count: 1,
      bbox: [-69.9, -4.2, -69.9, -4.2],
      price: { min: 7, median: 7, max: 7 },
      property: body,
    });
    expect(items[0]!.property).toBeNull();
  });

  it('follows a change at once', async () => {
    const query = 'bbox=-72.1,7.9,-71.9,8.1&zoom=12';
    expect(await clusters(query)).toEqual({ total: 0, items: [] });
    await addProperties(database, [{ city: 'Cúcuta', latitude: 8, longitude: -72, price: 0 }]);
    const { items } = await clusters(query);
    expect(items.map(({ count, price }) => [count, price])).toEqual([[1, null]]);
  });

  it.each([
    ['without bbox', 'zoom=3', 'bbox'],
    ['without zoom', COUNTRY, 'zoom'],
    ['with a zoom of 21', `${COUNTRY}&zoom=21`, 'zoom'],
    ['with a parameter of the list', `${COUNTRY}&zoom=3&limit=2`, 'limit'],
  ])('400 %s', async (_, query, field) => {
    const { status, body } = await ask(app, `/v1/properties/clusters?${query}`);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });
});
