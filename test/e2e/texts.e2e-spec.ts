import { beforeAll, describe, expect, it } from '@jest/globals';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { addUsers, post, signIn } from '../support/accounts.js';
import { type Answer, ask, walk } from '../support/client.js';
import { addProperties, addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

const INVISIBLE = ['\u200B', '\u2060\uFEFF', '\u00AD', '\u3164', ' \u200D ', '\u2800'];

useApp();

let staff: Record<string, string>;

beforeAll(async () => {
  await addUsers(database, ['ana'], { isStaff: true });
  staff = await signIn(app, 'ana');
});

const NEW = { address: 'Calle 23 # 45-67', city: 'Tunja', price: 420_000_000, status: 'en_venta' };
const send = (method: string, url: string, body: object): Promise<Answer> =>
  ask(app, url, {
    method,
    payload: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...staff },
  });
const create = (body: object) => send('POST', '/v1/properties', { ...NEW, ...body });
const shown = async (id: number) => (await ask(app, `/v1/properties/${id}`)).body;
const search = (city: string, filter: Record<string, string>) =>
  walk(app, `/v1/properties?${new URLSearchParams({ city, ...filter }).toString()}`);
const faultsOf = ({ body }: Answer) => (body.errors as { field: string }[]).map(({ field }) => field);

describe('a search', () => {
  it.each([
    ['Nº10-20', '10 20'],
    ['Nº10-20', 'n 10'],
    ['N°10-20', 'n 10 20'],
    ['300 m²', '300 m2'],
    ['300 m2', '300 m²'],
    ['2ª etapa', '2 etapa'],
    ['2 etapa', '2ª etapa'],
    ['Ⅳ etapa', 'iv etapa'],
    ['ﬁnca', 'finca'],
    ['ＣＡＳＡ　５', 'casa 5'],
    ['pis\u00ADci\u200Bna', 'piscina'],
    ['piscina', 'pis\u00ADci\u200Bna'],
    ['\uFEFFgaraje\u2060', 'garaje'],
    ['STRAẞE', 'straße'],
  ])('finds %j by %j, in a description and in an address', async (text, q) => {
    const city = `Buscada ${Math.random()}`;
    const ids = await addProperties(database, [
      { city, description: text, address: 'x' },
      { city, address: text },
    ]);
    await addProperty(database, { city, address: 'x', description: 'otra' });
    expect(await search(city, { q, sort: 'newest' })).toEqual(ids.toReversed());
  });

  it('does not match an ordinal sign as a letter', async () => {
    const city = 'Ordinal';
    await addProperty(database, { city, address: 'Nº10, 2ª etapa' });
    expect(await search(city, { q: 'no10' })).toEqual([]);
    expect(await search(city, { q: '2a' })).toEqual([]);
  });

  it('treats spellings with invisible characters, or characters that NFKC replaces, as one city', async () => {
    const spellings = [
      'Puerto Nº2',
      'Puerto\u00A0N\u00BA\u200B2',
      '\u200BPUERTO N º 2',
      'Ｐuer\u00ADto N 2 ',
    ];
    const ids = await addProperties(
      database,
      [...spellings, 'Puerto Nº2'].map((city) => ({ city })),
    );
    for (const city of spellings) {
      expect(await search(city, {})).toEqual(ids.toReversed());
      const { body } = await ask(app, `/v1/properties/facets?city=${encodeURIComponent(city)}`);
      expect(body.facets.city).toContainEqual({ value: 'Puerto Nº2', count: 5 });
    }
    expect((await ask(app, '/v1/places?q=puerto%20n')).body.items).toEqual([
      { kind: 'city', name: 'Puerto Nº2', city: 'Puerto Nº2', count: 5 },
    ]);
  });

  it('finds a city whose key is longer than its name', async () => {
    const city = '\uFDFA'.repeat(32);
    const id = await addProperty(database, { city });
    expect(await search(city, {})).toEqual([id]);
    const astral = '𠀀'.repeat(32);
    const other = await addProperty(database, { city: astral });
    expect(await search(astral, {})).toEqual([other]);
  });

  it.each([
    ...INVISIBLE.flatMap((text) => [
      ['city', text],
      ['q', text],
    ]),
    ['q', 'º'],
    ['q', '°'],
  ])('400 for %s %j, which has no searchable character', async (name, text) => {
    for (const path of ['/v1/properties', '/v1/properties/facets'])
      expect((await ask(app, `${path}?${name}=${encodeURIComponent(text)}`)).status).toBe(400);
    const places = await ask(app, `/v1/places?q=${encodeURIComponent(text)}`);
    expect(places.status).toBe(400);
    if (name === 'city') {
      const url = `/v1/ranking/properties?city=${encodeURIComponent(text)}`;
      expect((await ask(app, url, { headers: staff })).status).toBe(400);
    }
  });
});

describe('a text without a visible character', () => {
  it.each(INVISIBLE)('%j from another program is null, and its city is unknown', async (text) => {
    const id = await addProperty(database, {
      address: text,
      city: text,
      neighbourhood: text,
      description: text,
      property_type: text,
      price: 77_777,
    });
    const nothing = { address: null, city: null, neighbourhood: null, description: null, propertyType: null };
    expect(await shown(id)).toMatchObject(nothing);
    const { body } = await ask(app, `/v1/properties/${id}/visibility`, { headers: staff });
    expect(body.incomplete).toEqual(expect.arrayContaining(Object.keys(nothing)));
    const facets = (await ask(app, '/v1/properties/facets?minPrice=77777&maxPrice=77777')).body.facets;
    expect(facets.city.map(({ value }: { value: unknown }) => value)).toEqual([null]);
    expect(facets.propertyType.map(({ value }: { value: unknown }) => value)).toEqual([null]);
  });

  it.each(INVISIBLE)('%j from staff is refused, because null means unknown', async (text) => {
    const answer = await create({ address: text, city: text, neighbourhood: text, description: text });
    expect([answer.status, faultsOf(answer).toSorted()]).toEqual([
      422,
      ['address', 'city', 'description', 'neighbourhood'],
    ]);
    expect(answer.body.errors[0].message).toContain('at least one of them visible');
    const { body } = await create({});
    const patched = await send('PATCH', `/v1/properties/${body.id}`, { city: text });
    expect([patched.status, faultsOf(patched)]).toEqual([422, ['city']]);
    const status = await send('POST', `/v1/properties/${body.id}/status`, { status: text });
    expect([status.status, faultsOf(status)]).toEqual([422, ['status']]);
  });

  it('is refused as a username, and so is a username with such a character', async () => {
    for (const username of ['\u3164', '\u115F\u1160', 'cami\u3164la', 'cami\u200Bla']) {
      const account = { username, email: 'c@example.com', password: 'tres-casas-azules' };
      const answer = await post(app, '/v1/auth/register', account);
      expect([username, answer.status, faultsOf(answer)]).toEqual([username, 422, ['username']]);
    }
  });

  it('an invisible character inside a text is kept, because emoji need it', async () => {
    const description = 'Familia 👩‍👩‍👧, bandera 🏳️‍🌈, pis\u00ADcina';
    const { status, body } = await create({ description });
    expect(status).toBe(201);
    expect((await shown(body.id as number)).description).toBe(description);
  });
});

describe('0/0', () => {
  it('from another program is no location, in lists too', async () => {
    const city = 'Golfo';
    const id = await addProperty(database, { city, latitude: 0, longitude: 0 });
    const on = await addProperty(database, { city, latitude: 0, longitude: -74.5 });
    expect((await shown(id)).location).toBeNull();
    expect((await shown(on)).location).toEqual({ lat: 0, lng: -74.5 });
    expect(await search(city, { bbox: '-180,-90,180,90' })).toEqual([on]);
    expect(await search(city, { near: '0,0', radius: '50000' })).toEqual([]);
    const { body } = await ask(app, `/v1/properties/${id}/visibility`, { headers: staff });
    expect(body.incomplete).toContain('location');
  });

  it('from staff is refused, even if it results from a merge or rounding', async () => {
    for (const location of [
      { lat: 0, lng: 0 },
      { lat: 0.0000001, lng: -0.0000002 },
    ]) {
      const answer = await create({ location });
      expect([answer.status, faultsOf(answer)]).toEqual([422, ['location']]);
    }
    const { body } = await create({ location: { lat: 0, lng: -74 } });
    const url = `/v1/properties/${body.id}`;
    expect((await send('PATCH', url, { location: { lng: 0 } })).status).toBe(422);
    expect((await shown(body.id as number)).location).toEqual({ lat: 0, lng: -74 });
  });

  it('from another program counts as unset in a merge; null clears it', async () => {
    const id = await addProperty(database, { latitude: 0, longitude: 0 });
    const url = `/v1/properties/${id}`;
    expect((await send('PATCH', url, { location: { lat: 4 } })).status).toBe(422);
    expect((await send('PATCH', url, { address: 'Calle 9' })).status).toBe(200);
    expect((await send('PATCH', url, { location: null })).status).toBe(200);
    const [row] = await database.run('select latitude, longitude from property where id = ?', [id]);
    expect(row).toEqual({ latitude: null, longitude: null });
    expect((await send('PATCH', url, { location: { lat: 4, lng: -74 } })).body.location).toEqual({
      lat: 4,
      lng: -74,
    });
  });

  it('from an import is no location', async () => {
    const listing = {
      externalRef: 'texts:1',
      city: 'Importada',
      latitude: 0,
      longitude: 0.0000001,
      history: [{ status: 'en_venta', at: null }],
    };
    const listings = app.get(ListingsService);
    expect(await listings.save([listing])).toEqual(['created']);
    expect(await listings.save([listing])).toEqual(['unchanged']);
    const [row] = await database.run(
      "select latitude, longitude from property where external_ref = 'texts:1'",
    );
    expect(row).toEqual({ latitude: null, longitude: null });
  });
});
