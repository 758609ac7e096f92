import { beforeAll, describe, expect, it } from '@jest/globals';
import { Cursors } from '../../src/http/cursors.js';
import { ListPropertiesInput } from '../../src/properties/dto/list-properties.input.js';
import { listScope, toFilter } from '../../src/properties/search/filter.js';
import { ask, nextOf, walk } from '../support/client.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

const idsOf = async (query: string): Promise<number[]> => walk(app, `/v1/properties?${query}`);

describe('GET /v1/properties', () => {
  it('200 with every field of the contract', async () => {
    const id = await addProperty(database, {
      address: 'Calle 23 # 45-67',
      city: 'Shape',
      neighbourhood: 'Chapinero',
      price: 420_000_000,
      description: 'Amplio',
      year: 2018,
      property_type: 'apartment',
      area: 72.5,
      bedrooms: 3,
      bathrooms: 2,
      parking_spots: 1,
      stratum: 4,
      latitude: 4.6486,
      longitude: -74.0628,
      currency: null,
    });
    const { status, body, headers } = await ask(app, '/v1/properties?city=Shape');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=0, s-maxage=5, must-revalidate');
    expect(body.page).toEqual({ limit: 20, nextCursor: null });
    expect(body.items).toEqual([
      {
        id,
        address: 'Calle 23 # 45-67',
        city: 'Shape',
        neighbourhood: 'Chapinero',
        price: 420_000_000,
        currency: 'COP',
        description: 'Amplio',
        year: 2018,
        propertyType: 'apartment',
        area: 72.5,
        bedrooms: 3,
        bathrooms: 2,
        parkingSpots: 1,
        stratum: 4,
        location: { lat: 4.6486, lng: -74.0628 },
        photos: [],
        previousPrice: null,
        priceChangedAt: null,
        status: { name: 'en_venta', label: 'En venta' },
        availability: 'available',
        statusSince: '2026-05-01T10:00:00Z',
        daysOnMarket: expect.any(Number),
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
  });

  it('200 with null for values that an old row lacks, and with unchanged years', async () => {
    await addProperties(database, [
      { city: 'Nulls', address: '', price: 0, description: '', year: null },
      { city: 'Nulls', year: 0 },
      { city: 'Nulls', year: -5 },
      { city: 'Nulls', year: 2147483647 },
    ]);
    const { body } = await ask(app, '/v1/properties?city=Nulls&sort=year');
    expect(body.items.map((item: { year: number | null }) => item.year)).toEqual([-5, 0, 2147483647, null]);
    expect(body.items[3]).toMatchObject({
      address: null,
      price: null,
      currency: 'COP',
      description: null,
      neighbourhood: null,
      propertyType: null,
      area: null,
      bedrooms: null,
      bathrooms: null,
      parkingSpots: null,
      stratum: null,
      location: null,
    });
  });

  it('shows only properties whose current status is public', async () => {
    const step = (status: string): { city: string; history: [string, string][] } => ({
      city: 'Visible',
      history: [
        ['en_venta', '2026-01-01 00:00:00'],
        [status, '2026-02-01 00:00:00'],
      ],
    });
    const [preVenta, enVenta, vendido] = await addProperties(
      database,
      ['pre_venta', 'en_venta', 'vendido', 'comprando', 'comprado'].map(step),
    );
    await addProperty(database, { city: 'Visible', history: [] });
    expect(await idsOf('city=Visible')).toEqual([vendido, enVenta, preVenta]);
    const { body } = await ask(app, '/v1/properties?city=Visible&count=true');
    expect(body.page.total).toBe(3);
  });

  it('filters by status, by availability and by both', async () => {
    const [pre, sale, sold] = await addProperties(
      database,
      ['pre_venta', 'en_venta', 'vendido'].map((status) => ({
        city: 'Avail',
        history: [[status, '2026-01-01 00:00:00']] as const,
      })),
    );
    expect(await idsOf('city=Avail&status=pre_venta')).toEqual([pre]);
    expect(await idsOf('city=Avail&status=pre_venta&status=vendido')).toEqual([sold, pre]);
    expect(await idsOf('city=Avail&availability=available')).toEqual([sale, pre]);
    expect(await idsOf('city=Avail&availability=sold')).toEqual([sold]);
    expect(await idsOf('city=Avail&availability=sold&status=vendido&status=en_venta')).toEqual([sold]);
    expect(await idsOf('city=Avail&availability=sold&status=en_venta')).toEqual([]);
    const { body } = await ask(app, '/v1/properties?city=Avail&availability=sold&status=en_venta&count=true');
    expect(body.page).toEqual({ limit: 20, nextCursor: null, total: 0 });
  });

  it.each([
    'Bogota%20DC',
    'BOGOT%C3%81%20DC',
    '%20bogot%C3%A1%20%20dc%20',
    'bogota%CC%81%20dc',
    'Bogot%C3%A0%09DC',
  ])('finds a city however it is spelt: %s', async (city) => {
    const id = await propertyInCity;
    expect(await idsOf(`city=${city}`)).toEqual([id]);
  });

  it('matches any of several cities, and never an unknown city or another script', async () => {
    const [a, b] = await addProperties(database, [{ city: 'Uno ñ' }, { city: 'DOS' }, { city: '' }]);
    expect(await idsOf('city=uno%20n&city=dos')).toEqual([b, a]);
    expect(await idsOf(`city=${encodeURIComponent('東京')}&city=${encodeURIComponent('🏠')}`)).toEqual([]);
    expect(await idsOf('city=uno%20n,dos')).toEqual([]);
  });

  it('filters by inclusive ranges, which unknown values never match', async () => {
    const [small, large] = await addProperties(database, [
      {
        city: 'Range',
        price: 100,
        year: 2000,
        area: 50.5,
        bedrooms: 1,
        bathrooms: 1,
        parking_spots: 0,
        stratum: 2,
        property_type: 'house',
      },
      {
        city: 'Range',
        price: 200,
        year: 2010,
        area: 80,
        bedrooms: 3,
        bathrooms: 2,
        parking_spots: 2,
        stratum: 5,
        property_type: 'lot',
      },
      { city: 'Range', price: 0, year: null },
    ]);
    const cases: [string, number[]][] = [
      ['minPrice=100', [large!, small!]],
      ['minPrice=101', [large!]],
      ['maxPrice=100', [small!]],
      ['minPrice=0', [large!, small!]],
      ['minYear=2000&maxYear=2009', [small!]],
      ['maxYear=2147483647', [large!, small!]],
      ['minYear=-2147483647', [large!, small!]],
      ['minArea=50.5&maxArea=50.5', [small!]],
      ['maxBedrooms=2', [small!]],
      ['minBedrooms=1&maxBedrooms=3', [large!, small!]],
      ['maxBathrooms=1', [small!]],
      ['minParkingSpots=1', [large!]],
      ['minParkingSpots=0', [large!, small!]],
      ['minArea=50.51', [large!]],
      ['minBedrooms=2', [large!]],
      ['minBedrooms=0', [large!, small!]],
      ['minBathrooms=2', [large!]],
      ['stratum=2&stratum=5', [large!, small!]],
      ['stratum=5', [large!]],
      ['propertyType=house', [small!]],
      ['propertyType=house&propertyType=lot', [large!, small!]],
      ['propertyType=farm', []],
      ['minPrice=150&propertyType=house', []],
      ['minPrice=300&maxPrice=200', []],
    ];
    for (const [query, expected] of cases)
      expect([query, await idsOf(`city=Range&${query}`)]).toEqual([query, expected]);
  });

  describe('paging', () => {
    const properties: {
      id: number;
      price: number;
      year: number | null;
      area: number | null;
      since: string;
    }[] = [];
    const SORTS = ['newest', 'price', '-price', 'year', '-year', 'area', '-area'];

    beforeAll(async () => {
      // Few distinct values and many unknown ones: most page borders fall between equal keys.
      const values = Array.from({ length: 120 }, (_, i) => ({
        city: 'Paging',
        price: i % 4 === 0 ? 0 : (i % 3) * 1000 + 500,
        year: i % 3 === 0 ? null : 2000 + (i % 2),
        area: i % 5 === 0 ? null : 40 + (i % 4) / 4,
        history: [['en_venta', `2026-01-0${1 + (i % 5)} 00:00:00`]] as const,
      }));
      const ids = await addProperties(database, values);
      values.forEach(({ price, year, area, history }, i) =>
        properties.push({ id: ids[i]!, price, year, area, since: history[0][1] }),
      );
    });

    it.each(SORTS)('%s: pages of any size are disjoint, complete and in order', async (sort) => {
      const expected = oracle(properties, sort);
      for (const limit of [1, 7, 100])
        expect(await idsOf(`city=paging&sort=${sort}&limit=${limit}`)).toEqual(expected);
    });

    it.each(SORTS)('%s: rows inserted between two pages cause no repeated or skipped entry', async (sort) => {
      const before = oracle(properties, sort);
      const first = await ask(app, `/v1/properties?city=paging&sort=${sort}&limit=50`);
      const late = await addProperties(
        database,
        [null, 2000].map((year) => ({
          city: 'Paging',
          price: year ? 500 : 0,
          year,
          area: year && 40,
          history: [['en_venta', '2026-01-03 00:00:00']] as const,
        })),
      );
      const rest = await walkFrom(`city=paging&sort=${sort}&limit=50`, first.body.page.nextCursor);
      const seen = [...first.body.items.map((item: { id: number }) => item.id), ...rest].filter(
        (id) => !late.includes(id),
      );
      expect(seen).toEqual(before);
      for (const id of late) await addStatus(database, id, 'comprado', '2026-02-01 00:00:00');
      await derive(database, late);
    });

    it('a cursor stays valid with another page size or another count parameter', async () => {
      const first = await ask(app, '/v1/properties?city=Paging&sort=price&limit=3&count=true');
      expect(first.body.page).toMatchObject({ limit: 3, total: 120 });
      const second = await ask(
        app,
        `/v1/properties?city=Paging&sort=price&limit=10&cursor=${first.body.page.nextCursor}`,
      );
      const all = oracle(properties, 'price');
      expect(second.body.items.map((item: { id: number }) => item.id)).toEqual(all.slice(3, 13));
    });

    it('links to the next page (RFC 8288), and has no link on the last page', async () => {
      const url = '/v1/properties?city=Paging&limit=100&sort=year';
      const first = await ask(app, url);
      // A link with only a query keeps the path, including a prefix that a proxy stripped.
      expect(first.headers['link']).toMatch(/^<\?[^>]+>; rel="next"$/);
      const next = await ask(app, nextOf(url, first)!);
      expect(next.body.items).toHaveLength(20);
      expect(next.headers['link']).toBeUndefined();
      expect(next.body.page.nextCursor).toBeNull();
    });

    it.each(['9999-99-99 99:99:99', '2026-02-32 10:00:00', '2026-01-01 25:00:00', 'x', '1', null])(
      '400 for a forged cursor that points to %s',
      async (key) => {
        const scope = listScope('newest', toFilter(Object.assign(new ListPropertiesInput(), {})));
        const { status } = await ask(
          app,
          `/v1/properties?cursor=${app.get(Cursors).encode(scope, [key, 5])}`,
        );
        expect(status).toBe(400);
      },
    );

    it('a cursor may hold an invalid calendar date of an old row', async () => {
      const ids = await addProperties(
        database,
        Array.from({ length: 3 }, () => ({
          city: 'Undated',
          history: [['en_venta', '2026-02-31 10:00:00']],
        })),
      );
      expect(await walk(app, '/v1/properties?city=Undated&limit=1')).toEqual(ids.toReversed());
    });

    it('400 for a cursor with another sort, with other filters or with changed content', async () => {
      const { body } = await ask(app, '/v1/properties?city=Paging&limit=3');
      const cursor: string = body.page.nextCursor;
      const flipped = cursor.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
      for (const query of [
        `city=Paging&sort=price&cursor=${cursor}`,
        `city=Other&cursor=${cursor}`,
        `city=Paging&status=en_venta&cursor=${cursor}`,
        `city=Paging&cursor=${flipped}`,
        `city=Paging&cursor=${cursor}A`,
        `city=Paging&cursor=x`,
        `city=Paging&cursor=${cursor}%3D`,
      ]) {
        const answer = await ask(app, `/v1/properties?${query}`);
        expect([query, answer.status, answer.body.errors[0].field]).toEqual([query, 400, 'cursor']);
      }
      const spelt = await ask(app, `/v1/properties?limit=3&city=p%C3%A1ging&cursor=${cursor}`);
      expect(spelt.status).toBe(200);
    });
  });
});

const propertyInCity: Promise<number> = new Promise((resolve) => {
  beforeAll(async () => resolve(await addProperty(database, { city: ' Bogotá  DC' })));
});

async function walkFrom(query: string, cursor: string): Promise<number[]> {
  const ids: number[] = [];
  for (let next: string | null = cursor; next;) {
    const { body } = await ask(app, `/v1/properties?${query}&cursor=${next}`);
    ids.push(...body.items.map((item: { id: number }) => item.id));
    next = body.page.nextCursor;
  }
  return ids;
}

function oracle(
  properties: readonly {
    id: number;
    price: number;
    year: number | null;
    area: number | null;
    since: string;
  }[],
  sort: string,
): number[] {
  const descending = sort === 'newest' || sort.startsWith('-');
  const name = sort.replace('-', '') as 'price' | 'year' | 'area' | 'newest';
  const keyed = properties.map((property) => {
    const key =
      name === 'newest'
        ? Date.parse(`${property.since.replace(' ', 'T')}Z`)
        : name === 'price'
          ? property.price || null
          : property[name];
    return { id: property.id, key };
  });
  const turn = descending ? -1 : 1;
  return keyed
    .toSorted((a, b) => {
      if (a.key === null || b.key === null) {
        if (a.key !== b.key) return a.key === null ? 1 : -1;
        return turn * (a.id - b.id);
      }
      return turn * (a.key - b.key || a.id - b.id);
    })
    .map(({ id }) => id);
}
