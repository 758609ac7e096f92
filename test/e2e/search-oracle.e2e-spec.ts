import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { LoadedColumns } from '../../src/properties/facets/loaded-columns.js';
import { NewestPagesRepository } from '../../src/properties/facets/newest-pages.repository.js';
import { isSimple } from '../../src/properties/model/polygon.js';
import { ask, nextOf, walk } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { addProperties, derive, type Step } from '../support/factories.js';
import { expectedFacets, expectedIds, type OracleProperty, type OracleQuery } from '../support/oracle.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

// Few distinct values: many are equal or unknown, and most pages end between equal values.
const WORDS = ['casa', 'casas', 'la', 'lote', 'jardín', 'río', '23', 'mirador', 'a'];
// Normalisation changes these: invisible characters, NFKC, ordinal signs.
const ODD_WORDS = [
  'ca\u00ADsa',
  '\uFEFFlote',
  'ｃａｓａ',
  'Nº23',
  '2ª',
  'm²',
  'm2',
  'jard\u200Bin',
  '🏠\uFE0F',
];
const CITIES = [
  'Bogotá',
  'BOGOTA',
  'bogotá ',
  'Bogo\u00ADtá',
  '\u200BＢogota',
  'La Virginia',
  'Cali',
  '',
  '\u2060',
];
const NOW = '2026-11-29T06:00:00';
const SORTS = ['newest', 'price', '-price', 'year', '-year', 'area', '-area', '-priceDrop'];
const TYPES = ['house', 'lot', 'farm'];
const text = fc
  .array(fc.constantFrom(...WORDS, ...ODD_WORDS), { maxLength: 4 })
  .map((words) => words.join(' '));
/** Stored as 0/0: other programs write it for an unknown location. */
const NOWHERE = [-4, 73] as const;
const degree = fc.integer({ min: 0, max: 6 }).map((step) => step * 0.013);
const unknown = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 });

const property = fc.record({
  city: fc.constantFrom(...CITIES),
  neighbourhood: unknown(text),
  address: text,
  description: unknown(text),
  price: fc.constantFrom(0, 0, 100, 200, 200, 350),
  before: fc.option(
    fc.record({
      price: fc.constantFrom(0, 100, 300, 400, 400, 700),
      daysAgo: fc.constantFrom(0, 89, 91),
    }),
    { nil: undefined, freq: 2 },
  ),
  year: unknown(fc.constantFrom(-5, 1999, 2000, 2001)),
  area: unknown(fc.constantFrom(0.5, 70, 72.25, 90)),
  bedrooms: unknown(fc.integer({ min: 0, max: 3 })),
  bathrooms: unknown(fc.integer({ min: 1, max: 2 })),
  parking_spots: unknown(fc.integer({ min: 0, max: 2 })),
  stratum: unknown(fc.integer({ min: 1, max: 3 })),
  property_type: unknown(fc.constantFrom(...TYPES)),
  place: unknown(fc.oneof({ weight: 5, arbitrary: fc.tuple(degree, degree) }, fc.constant(NOWHERE))),
  status: fc.constantFrom('pre_venta', 'en_venta', 'en_venta', 'vendido', 'comprado'),
  since: fc.constantFrom('2026-01-01 00:00:00', '2026-01-02 00:00:00', '2026-01-03 10:00:00'),
  listed: unknown(fc.constantFrom('2025-12-20 00:00:00', '2025-12-21 23:00:00')),
});

const some = <T>(values: readonly T[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }), {
    nil: undefined,
    freq: 3,
  });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const corner = fc.tuple(degree, degree).map(([north, east]) => ({ north, east }));
/** Corners in order around a point, on the grid of the properties: many properties are on the border. */
const polygon = fc
  .tuple(
    fc.uniqueArray(corner, { minLength: 3, maxLength: 8, selector: (it) => JSON.stringify(it) }),
    fc.double({ min: 0.02, max: 0.06, noNaN: true }),
  )
  .map(([corners, middle]) =>
    corners
      .toSorted(
        (a, b) =>
          Math.atan2(a.north - middle, a.east - middle) - Math.atan2(b.north - middle, b.east - middle),
      )
      .map(({ north, east }) => ({
        lat: Number((4 + north).toFixed(6)),
        lng: Number((-73 + east).toFixed(6)),
      })),
  )
  .filter(isSimple)
  .map((corners) => corners.flatMap(({ lat, lng }) => [lng, lat]).join(','));
const filters = fc.record({
  q: maybe(
    fc
      .array(fc.constantFrom(...WORDS, ...ODD_WORDS.slice(0, -1), 'cas', 'jardi', 'virg', 'zz', 'n', '2'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((words) => words.join(' ')),
  ),
  status: some(['pre_venta', 'en_venta', 'vendido']),
  availability: maybe(fc.constantFrom('available', 'sold')),
  city: some(CITIES.filter((city) => /\w/.test(city))),
  propertyType: some(TYPES),
  stratum: some([1, 2, 3]),
  minPrice: maybe(fc.constantFrom(0, 100, 150)),
  maxPrice: maybe(fc.constantFrom(100, 200, 1_000)),
  minYear: maybe(fc.constantFrom(-9, 2000)),
  maxYear: maybe(fc.constantFrom(1999, 2001)),
  minArea: maybe(fc.constantFrom(0, 70)),
  maxArea: maybe(fc.constantFrom(72.25, 80.5)),
  minBedrooms: maybe(fc.constantFrom(0, 2)),
  maxBedrooms: maybe(fc.constantFrom(0, 2)),
  minBathrooms: maybe(fc.constant(2)),
  maxBathrooms: maybe(fc.constant(1)),
  minParkingSpots: maybe(fc.constantFrom(0, 1)),
  minDaysOnMarket: maybe(fc.constantFrom(0, 12, 331, 342)),
  maxDaysOnMarket: maybe(fc.constantFrom(11, 330, 341)),
  priceReduced: maybe(fc.boolean()),
  bbox: maybe(
    fc.constantFrom<[number, number, number, number]>([-73, 4, -72.974, 4.039], [-180, -90, 180, 90]),
  ),
  near: maybe(fc.constantFrom<[number, number]>([4, -73], [4.03, -72.99])),
  polygon: maybe(fc.array(polygon, { minLength: 1, maxLength: 2 })),
  radius: fc.constantFrom(undefined, 0, 1_500, 20_000),
});
const query: fc.Arbitrary<OracleQuery> = filters
  // At most four filters in a search. With more, almost nothing would match.
  .chain((all) =>
    fc
      .subarray(Object.keys(all), { maxLength: 4 })
      .map((kept) => Object.fromEntries(Object.entries(all).filter(([name]) => kept.includes(name)))),
  )
  .map(({ radius, ...rest }) => (rest['near'] ? { radius, ...rest } : rest))
  .chain((filter) =>
    fc
      .constantFrom(
        ...SORTS,
        ...(filter['near'] ? ['distance', 'distance'] : []),
        ...(filter['q'] ? ['relevance', 'relevance'] : []),
      )
      .map((sort) => ({ ...filter, sort })),
  );

useApp();

const properties: OracleProperty[] = [];

/** Hidden for an hour between two periods, in the way of `daysOnMarketOf()`. */
function historyOf({ status, since, listed }: Pick<OracleProperty, 'status' | 'since' | 'listed'>): Step[] {
  const hourBefore = new Date(Date.parse(`${since.replace(' ', 'T')}Z`) - 3_600_000);
  const hidden = hourBefore.toISOString().slice(0, 19).replace('T', ' ');
  const before: Step[] =
    listed === null
      ? []
      : [
          ['en_venta', listed],
          ['comprado', hidden],
        ];
  return [...before, [status, since]];
}

async function add(
  made: readonly (typeof property extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<OracleProperty[]> {
  const rows = made.map(({ place, status, since, listed, before, ...row }) => ({
    state: { status, since, listed, before },
    row: {
      ...row,
      latitude: place && 4 + place[0],
      longitude: place && Number((-73 + place[1]).toFixed(6)),
    },
  }));
  const ids = await addProperties(
    database,
    rows.map(({ row, state }) => ({
      ...row,
      price: state.before?.price ?? row.price,
      history: historyOf(state),
    })),
  );
  await changePrices(ids, made);
  const added = rows.map(({ row, state }, i) => ({
    ...row,
    ...state,
    // Equal prices are no change.
    before: state.before?.price === row.price ? undefined : state.before,
    id: ids[i]!,
  }));
  properties.push(...added);
  return added;
}

/** Gives the properties their present price, so long ago. */
async function changePrices(
  ids: readonly number[],
  made: readonly Pick<OracleProperty, 'price' | 'before'>[],
): Promise<void> {
  for (const [i, { price }] of made.entries())
    await database.run('update property set price = ? where id = ? and price <> ?', [price, ids[i], price]);
  await derive(database, ids);
  for (const [i, { before }] of made.entries())
    if (before)
      await database.run(
        `update property_price set at = '${NOW}' - interval ? day where property_id = ? and n = 2`,
        [before.daysAgo, ids[i]],
      );
  await derive(database, ids);
}

beforeAll(async () => {
  setClock(Date.parse(`${NOW}Z`));
  await add(fc.sample(property, 250));
});

function pathOf(search: Partial<OracleQuery>, path = ''): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined) continue;
    if (name === 'bbox' || name === 'near') parameters.set(name, String(value));
    else for (const one of [value].flat()) parameters.append(name, String(one));
  }
  return `/v1/properties${path}?${parameters.toString()}`;
}

describe('any search', () => {
  it('returns and counts the properties that a plain sort finds, in its order, on disjoint and complete pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom(2, 3, 7, 100), async (search, limit) => {
        const expected = expectedIds(properties, search);
        expect(await walk(app, `${pathOf(search)}&limit=${limit}`)).toEqual(expected);
        const { body } = await ask(app, `${pathOf(search)}&limit=1&count=true`);
        expect(body.page.total).toBe(expected.length);
        expect(body.items.map(({ id }: { id: number }) => id)).toEqual(expected.slice(0, 1));
      }),
      { numRuns: 80 },
    );
  });

  it.each(['in memory', 'in the database'])(
    'returns the facets that a plain count finds %s',
    async (place) => {
      const columns = app.get(LoadedColumns);
      await until(async () => (await columns.current()) !== null);
      if (place === 'in the database') jest.spyOn(columns, 'current').mockResolvedValue(null);
      const sorted = (pairs: readonly (readonly [unknown, number])[]) =>
        pairs.toSorted(
          ([a, n], [b, m]) => m - n || Number(a === null) - Number(b === null) || (a! < b! ? -1 : 1),
        );
      await fc.assert(
        fc.asyncProperty(query, async (search) => {
          const expected = expectedFacets(properties, search);
          const { body } = await ask(app, pathOf({ ...search, sort: undefined }, '/facets'));
          expect(body.total).toBe(expected.total);
          for (const name of ['city', 'status', 'propertyType', 'bedrooms'] as const) {
            const found = (body.facets[name] as { value: string; count: number }[]).map(
              ({ value, count }) => [value, count] as const,
            );
            expect([name, found]).toEqual([name, sorted(expected[name])]);
          }
          for (const name of ['price', 'year'] as const) {
            const buckets = body.facets[name] as { from: number | null; to: number | null; count: number }[];
            for (const { from, to, count } of buckets) {
              const inside = expected[name].filter(
                (value) => value >= (from ?? -Infinity) && value < (to ?? Infinity),
              );
              expect([name, from, to, inside.length]).toEqual([name, from, to, count]);
            }
            expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(expected[name].length);
          }
        }),
        { numRuns: 80 },
      );
      jest.restoreAllMocks();
    },
  );

  it('finds the newest properties in polygons in memory, while others are added', async () => {
    const columns = app.get(LoadedColumns);
    await until(async () => (await columns.current()) !== null);
    const inMemory = jest.spyOn(app.get(NewestPagesRepository), 'findPage');
    const search = fc.record({
      polygon: fc.array(polygon, { minLength: 1, maxLength: 2 }),
      status: some(['pre_venta', 'en_venta', 'vendido']),
      bbox: maybe(fc.constant<[number, number, number, number]>([-73, 4, -72.974, 4.039])),
      sort: fc.constant('newest' as const),
    });
    const limits = fc.constantFrom(1, 2, 7, 100);
    await fc.assert(
      fc.asyncProperty(search, limits, fc.array(property, { maxLength: 2 }), async (made, limit, more) => {
        await add(more);
        const expected = expectedIds(properties, made);
        expect(await walk(app, `${pathOf(made)}&limit=${limit}`)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    const pages = await Promise.all(inMemory.mock.results.map(({ value }) => value));
    expect(pages).not.toContain(null);
    jest.restoreAllMocks();
  });

  it('repeats and skips no property while others are added', async () => {
    const movesNot = query.filter(({ sort }) => sort !== 'relevance');
    await fc.assert(
      fc.asyncProperty(movesNot, fc.array(property, { minLength: 1, maxLength: 3 }), async (search, late) => {
        const expected = expectedIds(properties, search);
        const seen: number[] = [];
        const added = new Set<number>();
        let url: string | undefined = `${pathOf(search)}&limit=20`;
        while (url) {
          const answer: Awaited<ReturnType<typeof ask>> = await ask(app, url);
          seen.push(...answer.body.items.map(({ id }: { id: number }) => id));
          url = nextOf(url, answer);
          if (added.size === 0) for (const { id } of await add(late)) added.add(id);
        }
        expect(seen.filter((id) => !added.has(id))).toEqual(expected);
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 25 },
    );
  });
});
