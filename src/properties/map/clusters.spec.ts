import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Cluster, clustersOf } from './clusters.js';

interface Place {
  lat: number;
  lng: number;
  price: number;
}

const columnsOf = (places: readonly Place[]) => ({
  ids: Int32Array.from(places, (_, i) => i + 1),
  latitudes: Float64Array.from(places, ({ lat }) => lat),
  longitudes: Float64Array.from(places, ({ lng }) => lng),
  prices: Float64Array.from(places, ({ price }) => price),
});

/** The cell by the formula of web maps ("slippy map tilenames"), with 4 × 4 cells per tile. */
function cellOf({ lat, lng }: Place, level: number): string {
  const cells = 2 ** level;
  const radians = (lat * Math.PI) / 180;
  const x = ((lng + 180) / 360) * cells;
  const y = ((1 - Math.log(Math.tan(radians) + 1 / Math.cos(radians)) / Math.PI) / 2) * cells;
  return `${Math.min(Math.floor(x), cells - 1)} ${Math.floor(y)}`;
}

/** The clusters in the simplest way: from the finest grid to the first one with at most 400 cells. */
function expectedClusters(places: readonly Place[], zoom: number): Place[][] {
  const exact = Map.groupBy(places, ({ lat, lng }) => `${lat} ${lng}`);
  if (zoom >= 17 && exact.size <= 400) return [...exact.values()];
  for (let level = zoom + 2; ; level--) {
    const cells = Map.groupBy(places, (place) => cellOf(place, level));
    if (cells.size <= 400) return [...cells.values()];
  }
}

function summaryOf(places: readonly Place[]) {
  const prices = places
    .map(({ price }) => price)
    .filter((price) => !Number.isNaN(price))
    .toSorted((a, b) => a - b);
  const [low, high] = [prices[Math.floor((prices.length - 1) / 2)]!, prices[Math.floor(prices.length / 2)]!];
  const [lats, lngs] = [places.map(({ lat }) => lat), places.map(({ lng }) => lng)];
  return {
    count: places.length,
    box: {
      west: Math.min(...lngs),
      south: Math.min(...lats),
      east: Math.max(...lngs),
      north: Math.max(...lats),
    },
    price:
      prices.length > 0 ? { min: prices[0], median: Math.round((low + high) / 2), max: prices.at(-1) } : null,
  };
}

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const withoutPlace = ({ count, box, price }: Cluster) => ({ count, box, price });

const price = fc.oneof(fc.constant(NaN), fc.integer({ min: 1, max: 9 }));
const anywhere = fc.record({
  lat: fc.integer({ min: -80e6, max: 80e6 }).map((millionths) => millionths / 1e6),
  lng: fc.integer({ min: -180e6, max: 180e6 }).map((millionths) => millionths / 1e6),
  price,
});
const inOneCity = fc.record({
  lat: fc.integer({ min: 0, max: 40 }).map((step) => 4.6 + step / 1_000),
  lng: fc.integer({ min: 0, max: 40 }).map((step) => -74.1 + step / 1_000),
  price,
});

describe('clustersOf', () => {
  it.each([
    ['anywhere', anywhere],
    ['in one city', inOneCity],
  ])('puts each of many properties %s in the cluster of its cell', async (_, place) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { minLength: 0, maxLength: 900, size: 'max' }),
        fc.integer({ min: 0, max: 20 }),
        async (places, zoom) => {
          const found = await clustersOf(columnsOf(places), zoom);
          expect(found.length).toBeLessThanOrEqual(400);
          expect(found.map(withoutPlace).toSorted(byText)).toEqual(
            expectedClusters(places, zoom).map(summaryOf).toSorted(byText),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the mean location in millionths of a degree, and the id of a property', async () => {
    const places = [
      { lat: 4.600001, lng: -74.1, price: 3 },
      { lat: 4.600002, lng: -74.100001, price: 4 },
      { lat: 4.600002, lng: -74.1, price: NaN },
    ];
    expect(await clustersOf(columnsOf(places), 5)).toEqual([
      {
        location: { lat: 4.600002, lng: -74.1 },
        count: 3,
        box: { west: -74.100001, south: 4.600001, east: -74.1, north: 4.600002 },
        price: { min: 3, median: 4, max: 4 },
        id: 1,
      },
    ]);
    expect((await clustersOf(columnsOf(places), 17)).map(({ count, id }) => [count, id])).toEqual([
      [1, 2],
      [1, 3],
      [1, 1],
    ]);
  });

  it('takes the poles and the date line', async () => {
    const edges = [-90, 90].flatMap((lat) => [-180, 180].map((lng) => ({ lat, lng, price: 1 })));
    expect(await clustersOf(columnsOf(edges), 20)).toHaveLength(4);
    expect(await clustersOf(columnsOf(edges), 3)).toHaveLength(4);
  });
});
