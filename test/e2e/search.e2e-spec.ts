import { beforeAll, describe, expect, it } from '@jest/globals';
import { ask, walk } from '../support/client.js';
import { addProperties, addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

const idsOf = (parameters: Record<string, string>): Promise<number[]> =>
  walk(app, `/v1/properties?${new URLSearchParams(parameters).toString()}`);

describe('GET /v1/properties?q=', () => {
  const property = {
    city: 'La Virginia',
    neighbourhood: "Barrio D'Oro",
    address: 'Calle 23 # 4B-17',
    description: 'CASA con Jardín, baño y 2 alcobas; frente al río. 72m² ЖИЗНЬ 東京タワー ΟΔΟΣ Straße 🏠',
  };
  let id: number;
  beforeAll(async () => {
    id = await addProperty(database, property);
    await addProperty(database, { city: 'Words', address: 'Carrera 9', description: 'Apartamento nuevo' });
  });

  it.each([
    ['la virginia', 'there are no stop words'],
    ['calle 23', 'numbers are words'],
    ['VIRGINIA', 'case does not matter'],
    ['jardin bano rio', 'accents do not matter'],
    ['jardi\u0301n', 'decomposed accents neither'],
    ['virg', 'three letters are the beginning of a word'],
    ['cas jar', 'several beginnings'],
    ['la', 'two letters are a whole word'],
    ['d oro', 'an apostrophe separates'],
    ["d'oro", 'in the search, too'],
    ['#23', 'what is no word is left out'],
    ['4b', 'letters and digits are one run'],
    ['72m', 'the beginning of 72m²'],
    ['жизнь', 'other alphabets'],
    ['東京タ', 'no alphabet at all'],
    ['οδοσ', 'a sigma at the end'],
    ['STRASSE', 'a sharp s'],
    ['virginia casa calle oro', 'each word in another place'],
    ['casa casa', 'a word twice'],
  ])('finds “%s”: %s', async (q) => expect(await idsOf({ q })).toEqual([id]));

  it.each([
    ['irginia', 'the end of a word'],
    ['ca', 'two letters are no beginning'],
    ['casa apartamento', 'no property has both words'],
    ['casas', 'more than the word'],
    ['京タワー', 'the end in other scripts'],
    ['東', 'one letter of a longer word'],
  ])('does not find “%s”: %s', async (q) => expect(await idsOf({ q })).toEqual([]));

  it('combines with other filters, sorts and the count', async () => {
    const ids = await addProperties(
      database,
      [300, 100, 200, 0].map((price, i) => ({
        city: i === 1 ? 'Otra' : 'Combina',
        price,
        description: 'mirador sabanero',
      })),
    );
    const [a, b, c, d] = ids;
    expect(await idsOf({ q: 'mirador', sort: 'price' })).toEqual([b, c, a, d]);
    expect(await idsOf({ q: 'mirador', sort: '-price', city: 'combina', limit: '1' })).toEqual([a, c, d]);
    expect(await idsOf({ q: 'mirador', minPrice: '150' })).toEqual([c, a]);
    const { body } = await ask(app, '/v1/properties?q=mirador&count=true&limit=1&city=combina');
    expect(body.page.total).toBe(3);
  });

  it('by relevance: city or neighbourhood before address before description, all words added up', async () => {
    const [inText, inAddress, inPlace, inAll, twoTexts] = await addProperties(database, [
      { city: 'Rel', description: 'junto a la ceiba alta' },
      { city: 'Rel', address: 'Calle Ceiba 3' },
      { city: 'Rel', neighbourhood: 'La Ceiba' },
      { city: 'Ceibal', address: 'Ceiba 4', description: 'ceiba' },
      { city: 'Rel', description: 'ceiba palma' },
    ]);
    expect(await idsOf({ q: 'ceiba', sort: 'relevance' })).toEqual([
      inAll,
      inPlace,
      inAddress,
      twoTexts,
      inText,
    ]);
    // A repeated word counts twice.
    expect(await idsOf({ q: 'ceiba ceiba rel', sort: 'relevance', limit: '2' })).toEqual([
      inPlace,
      inAddress,
      twoTexts,
      inText,
    ]);
  });
});

describe('GET /v1/properties?bbox= and near=', () => {
  // 0.01 degrees of latitude are 1,112 m.
  const places = [
    [4.0, -73.0],
    [4.01, -73.0],
    [4.02, -73.0],
    [4.0, -72.99],
    [4.0, -73.0],
  ] as const;
  let ids: number[];
  beforeAll(async () => {
    ids = await addProperties(
      database,
      places.map(([latitude, longitude]) => ({ city: 'Geo', latitude, longitude })),
    );
    await addProperties(database, [
      { city: 'Geo' },
      { city: 'Geo', latitude: 4 },
      { city: 'Pole', latitude: 89.999, longitude: 10 },
      { city: 'Dateline', latitude: 0, longitude: -179.999 },
    ]);
  });

  it('a box includes its borders, and no property without coordinates', async () => {
    const [a, b, c, d, e] = ids;
    expect(await idsOf({ bbox: '-73,4,-72.99,4.01' })).toEqual([e, d, b, a]);
    expect(await idsOf({ bbox: '-73,4.02,-73,4.02' })).toEqual([c]);
    expect(await idsOf({ bbox: '-180,-90,180,90', city: 'geo' })).toEqual([e, d, c, b, a]);
    expect(await idsOf({ bbox: '-73,4,-73,4', minPrice: '1', sort: 'price' })).toEqual([a, e]);
  });

  it('near returns the properties within the radius, nearest first, then by lower id', async () => {
    const [a, b, c, d, e] = ids;
    expect(await idsOf({ near: '4,-73', sort: 'distance' })).toEqual([a, e, d, b, c]);
    expect(await idsOf({ near: '4,-73', sort: 'distance', limit: '1', radius: '1113' })).toEqual([
      a,
      e,
      d,
      b,
    ]);
    expect(await idsOf({ near: '4,-73', radius: '1111' })).toEqual([e, d, a]);
    expect(await idsOf({ near: '4,-73', radius: '0' })).toEqual([e, a]);
    const { body } = await ask(app, '/v1/properties?near=4,-73&radius=1111&count=true');
    expect(body.page.total).toBe(3);
  });

  it('a circle may contain a pole or cross the date line', async () => {
    expect(await idsOf({ near: '90,-100', sort: 'distance' })).toHaveLength(1);
    expect(await idsOf({ near: '0,179.999' })).toHaveLength(1);
  });

  it('a polygon includes its lines and corners; several polygons match either; box and circle combine with it', async () => {
    const [a, b, c, d, e] = ids;
    const triangle = '-73,4,-72.98,4,-73,4.02';
    expect(await idsOf({ polygon: triangle })).toEqual([e, d, c, b, a]);
    expect(await idsOf({ polygon: `${triangle},-73,4` })).toEqual([e, d, c, b, a]);
    expect(await idsOf({ polygon: '-73,4,-73.1,4.1,-73.1,4' })).toEqual([e, a]);
    const east = '-72.995,3.999,-72.98,3.999,-72.98,4.001,-72.995,4.001';
    const north = '-73.001,4.019,-72.9,4.019,-73.001,4.1';
    const either = await ask(app, `/v1/properties?polygon=${east}&polygon=${north}`);
    expect(either.body.items.map(({ id }: { id: number }) => id)).toEqual([d, c]);
    expect(
      await idsOf({ polygon: triangle, bbox: '-73,4.005,-72,5', near: '4,-73', radius: '1113' }),
    ).toEqual([b]);
    const { body } = await ask(app, `/v1/properties/facets?polygon=${triangle}`);
    expect(body.total).toBe(5);
  });

  it.each([
    ['two corners', '-73,4,-72,4'],
    ['two different corners', '-73,4,-72,4,-73,4'],
    ['an odd number of values', '-73,4,-72,4,-72'],
    ['lines that cross', '0,0,2,2,2,0,0,2'],
    ['a latitude of 91', '0,0,2,91,2,0'],
    ['101 corners', Array.from({ length: 101 }, (_, i) => `${i},${(i * i) / 1000}`).join(',')],
    ['no numbers', 'a,b,c,d,e,f'],
  ])('400 for a polygon with %s', async (_, polygon) => {
    const { status, body } = await ask(app, `/v1/properties?polygon=${polygon}`);
    expect([status, body.errors[0].field]).toEqual([400, 'polygon']);
    expect(body.errors[0].message).toContain('lines that do not cross');
  });

  it('box, circle and words combine', async () => {
    const [a, , , d] = ids;
    expect(
      await idsOf({ bbox: '-73,4,-72.9,4.005', near: '4.0,-72.995', q: 'geo', sort: 'relevance' }),
    ).toEqual([ids[4], d, a]);
  });
});

describe('GET /v1/properties/facets', () => {
  beforeAll(async () => {
    const properties = [
      { city: 'Facetón', property_type: 'house', price: 100, year: 2000, bedrooms: 2 },
      { city: 'Facetón', property_type: 'house', price: 200, year: 2001, bedrooms: 3 },
      { city: 'FACETÓN ', property_type: 'lot', price: 0, year: null, bedrooms: null },
      { city: 'faceton', property_type: null, price: 300, year: 2002, bedrooms: 3 },
      { city: 'Facetas', property_type: 'house', price: 400, year: 1999, bedrooms: 1, sold: true },
      { city: 'Facetas', property_type: 'farm', price: 5, year: 1999, bedrooms: 1, hidden: true },
      { city: '', property_type: 'house', price: 7, year: 2020, bedrooms: 1 },
    ];
    await addProperties(
      database,
      properties.map(({ sold = false, hidden = false, ...row }) => ({
        ...row,
        description: 'facetado',
        history: [[sold ? 'vendido' : hidden ? 'comprado' : 'en_venta', '2026-01-01 00:00:00']] as const,
      })),
    );
  });
  const facets = async (query: string) => {
    const { status, body } = await ask(app, `/v1/properties/facets?${query}`);
    expect(status).toBe(200);
    return body as { total: number; facets: Record<string, { value: unknown; count: number }[]> };
  };
  const counts = (values: readonly { value: unknown; count: number }[]) =>
    values.map(({ value, count }) => [value, count]);

  it('200 counts each facet with every filter except its own', async () => {
    const { total, facets: found } = await facets('q=facetado&city=faceton&propertyType=house');
    expect(total).toBe(2);
    expect(counts(found['city']!)).toEqual([
      ['Facetón', 2],
      ['Facetas', 1],
      [null, 1],
    ]);
    expect(counts(found['propertyType']!)).toEqual([
      ['house', 2],
      ['lot', 1],
      [null, 1],
    ]);
    expect(found['status']).toEqual([{ value: 'en_venta', label: 'En venta', count: 2 }]);
    expect(counts(found['bedrooms']!)).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it('200 gives the same from stored counts as from the properties', async () => {
    for (const query of [
      '',
      'city=faceton',
      'city=faceton&city=facetas',
      'status=vendido',
      'propertyType=house&availability=available',
    ]) {
      const kept = await facets(query);
      // All years: a filter that the kept counts do not have. It excludes unknown years, but not from its own facet.
      const live = await facets(`${query}&bbox=-180,-90,180,90`);
      const lived = await facets(`${query}&minBedrooms=0`);
      expect(lived.facets['bedrooms']).toEqual(kept.facets['bedrooms']);
      expect(live.total).toBeLessThanOrEqual(kept.total);
    }
  });

  it('200 gives a city in its most frequent spelling, the first by code point among equals', async () => {
    const { facets: found } = await facets('city=faceton&city=facetas');
    expect(counts(found['city']!).filter(([value]) => String(value).startsWith('Facet'))).toEqual([
      ['Facetón', 4],
      ['Facetas', 1],
    ]);
    const { facets: three } = await facets('q=facetado&maxYear=2002&minYear=2002');
    expect(counts(three['city']!)).toEqual([['faceton', 1]]);
  });

  it('200 with no result for a status of another availability', async () => {
    const { total, facets: found } = await facets('q=facetado&status=vendido&availability=available');
    expect([total, found['city'], found['price']]).toEqual([0, [], []]);
    expect(counts(found['status']!)).toEqual([
      ['en_venta', 5],
      ['vendido', 1],
    ]);
  });

  it('400 for a parameter that is not a filter', async () => {
    const { status, body } = await ask(app, '/v1/properties/facets?sort=price&limit=5&minPrice=x');
    expect([status, body.errors.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['minPrice', 'sort', 'limit'],
    ]);
  });
});

describe('GET /v1/properties/{id}/similar', () => {
  it('200 the same type and city, the nearest in price, area and location first, each with a reason', async () => {
    const base = { city: 'Gemela', property_type: 'house', price: 100_000_000, area: 100, bedrooms: 3 };
    const [property, near, cheaper, far] = await addProperties(database, [
      { ...base, neighbourhood: 'Centro' },
      { ...base, neighbourhood: 'centro', price: 92_000_000, area: 112 },
      { ...base, neighbourhood: 'Norte', price: 50_000_000 },
      { ...base, neighbourhood: 'Norte', price: 900_000_000, area: 800 },
      { ...base, property_type: 'lot' },
      { ...base, city: 'Otra' },
      { ...base, price: 0, area: null },
      { ...base, history: [['comprado', '2026-01-01 00:00:00']] },
    ]);
    const { body } = await ask(app, `/v1/properties/${property}/similar`);
    expect(
      body.items.map((item: { property: { id: number }; reason: string }) => [item.property.id, item.reason]),
    ).toEqual([
      [near, 'same neighbourhood, 8 % cheaper, 12 m² larger'],
      [cheaper, 'same city, 50 % cheaper, same size'],
      [far, 'same city, 800 % more expensive, 700 m² larger'],
    ]);
    const { body: one } = await ask(app, `/v1/properties/${property}/similar?limit=1`);
    expect(one.items).toHaveLength(1);
    const { body: detail } = await ask(app, `/v1/properties/${near}`);
    expect(one.items[0].property).toEqual(detail);
  });

  it('200 gives the distance, and accepts a property without price or city', async () => {
    const base = { city: 'Lejos', property_type: 'studio', price: 100 };
    const [property] = await addProperties(database, [
      { ...base, latitude: 4, longitude: -73 },
      { ...base, latitude: 4.005, longitude: -73 },
      { ...base, latitude: 4.02, longitude: -73 },
    ]);
    const { body } = await ask(app, `/v1/properties/${property}/similar`);
    expect(body.items.map(({ reason }: { reason: string }) => reason)).toEqual([
      '560 m away, same price',
      '2.2 km away, same price',
    ]);
    const [priceless, nowhere] = await addProperties(database, [
      { ...base, price: 0 },
      { city: '', property_type: 'studio' },
    ]);
    expect((await ask(app, `/v1/properties/${priceless}/similar`)).body.items).toHaveLength(3);
    expect((await ask(app, `/v1/properties/${nowhere}/similar`)).body.items).toEqual([]);
  });
});

describe('GET /v1/places', () => {
  beforeAll(async () => {
    await addProperties(database, [
      ...[1, 2].map(() => ({ city: 'Belén de Umbría' })),
      { city: 'BELÉN DE UMBRÍA ', neighbourhood: 'El Belén' },
      { city: 'Medellín', neighbourhood: 'Belén' },
      { city: 'Medellín', neighbourhood: 'belen' },
      { city: 'medellin', neighbourhood: 'Belén' },
      { city: 'Medellín', neighbourhood: 'Belencito', history: [['comprado', '2026-01-01 00:00:00']] },
      { city: '', neighbourhood: 'Belalcázar' },
    ]);
  });
  const places = async (q: string): Promise<unknown[]> => {
    const { status, body } = await ask(app, `/v1/places?q=${encodeURIComponent(q)}`);
    expect(status).toBe(200);
    return body.items.map((item: Record<string, unknown>) => Object.values(item));
  };

  it('200 lists cities and neighbourhoods with a word that begins with q, most visible properties first', async () => {
    expect(await places('bel')).toEqual([
      ['city', 'Belén de Umbría', 'Belén de Umbría', 3],
      ['neighbourhood', 'Belén', 'Medellín', 3],
      ['neighbourhood', 'Belalcázar', null, 1],
      ['neighbourhood', 'El Belén', 'Belén de Umbría', 1],
    ]);
    expect(await places('umbria')).toEqual([['city', 'Belén de Umbría', 'Belén de Umbría', 3]]);
    expect(await places('  Belén DE u')).toEqual([['city', 'Belén de Umbría', 'Belén de Umbría', 3]]);
    expect(await places('mbria')).toEqual([]);
  });

  it('200 up to 10', async () => {
    await addProperties(
      database,
      Array.from({ length: 12 }, (_, i) => ({ city: `Muchas ${i}` })),
    );
    expect(await places('muchas')).toHaveLength(10);
  });

  it('400 without q, and for a q without a word', async () => {
    for (const query of ['', '?q=', '?q=%20', '?q=%25', '?q=a&q=b', '?q=bel&limit=5'])
      expect([query, (await ask(app, `/v1/places${query}`)).status]).toEqual([query, 400]);
  });
});
