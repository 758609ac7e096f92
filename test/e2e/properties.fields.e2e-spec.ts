import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

let ana: Record<string, string>;
let id: number;
let paths: string[];

beforeAll(async () => {
  const place = { city: 'Cali', property_type: 'apartment', latitude: 3.4, longitude: -76.5 };
  [id] = (await addProperties(database, [place, { ...place, description: 'Con balcón' }])) as [number];
  await addUsers(database, ['ana']);
  ana = await signIn(app, 'ana');
  await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers: ana });
  paths = ['/v1/properties', `/v1/properties/${id}`, `/v1/properties/${id}/similar`, '/v1/me/likes'];
});

const get = (path: string, query = '') => ask(app, `${path}?${query}`, { headers: ana });

/** The properties in an answer of any of the paths. */
function propertiesOf(body: object): object[] {
  const { items = [body] } = body as { items?: object[] };
  return items.map((item) => ('property' in item ? (item.property as object) : item));
}

describe('fields', () => {
  it('reduces each property to these fields and its id, in the order of a whole property', async () => {
    for (const path of paths) {
      const whole = propertiesOf((await get(path)).body as object);
      const { status, body } = await get(path, 'fields=location,city,price');
      expect([path, status, whole.length > 0]).toEqual([path, 200, true]);
      expect([path, JSON.stringify(propertiesOf(body as object))]).toEqual([
        path,
        JSON.stringify(whole.map((property) => pick(property, ['id', 'city', 'price', 'location']))),
      ]);
    }
  });

  it('takes all fields of a property, and the answer is then the whole property', async () => {
    const whole = await ask(app, `/v1/properties/${id}`);
    const all = await ask(app, `/v1/properties/${id}?fields=${Object.keys(whole.body as object).join(',')}`);
    expect([all.text, all.headers['etag']]).toEqual([whole.text, whole.headers['etag']]);
  });

  it.each(['', 'id,', 'id, price', 'colour', 'id,id', '__proto__', 'ID'])(
    '400 for fields=%s, with the list of the known fields',
    async (fields) => {
      const names = Object.keys((await ask(app, `/v1/properties/${id}`)).body as object).join(', ');
      for (const path of paths) {
        const { status, body } = await get(path, `fields=${fields}`);
        expect([path, status, body.errors]).toEqual([
          path,
          400,
          [
            {
              field: 'fields',
              message: `must be one or more of these, separated by commas, each once: ${names}`,
            },
          ],
        ]);
      }
    },
  );

  it('has an ETag of its own, and is kept apart from the whole answer', async () => {
    const path = `/v1/properties/${id}`;
    const tags = new Set<string | undefined>();
    for (const query of ['', '?fields=id', '?fields=price', '?fields=id', '']) {
      const { headers } = await ask(app, path + query);
      tags.add(headers['etag']);
      const again = await ask(app, path + query, { headers: { 'if-none-match': headers['etag']! } });
      expect([query, again.status]).toEqual([query, 304]);
    }
    expect(tags.size).toBe(3);
  });

  it('may change from page to page, and stays in the link to the next page', async () => {
    const first = await ask(app, '/v1/properties?city=cali&limit=1&fields=id');
    expect(first.headers['link']).toContain('fields=id&');
    const next = await ask(app, `/v1/properties?city=cali&limit=1&cursor=${first.body.page.nextCursor}`);
    expect(next.body.items[0]).toHaveProperty('address');
  });
});

const pick = (object: object, names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, (object as Record<string, unknown>)[name]]));
