import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PropertyDto } from '../../src/properties/dto/property.dto.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { recordStatements } from '../support/statements.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

let ana: Record<string, string>;
let id: number;
let other: number;
let paths: string[];

beforeAll(async () => {
  const place = { city: 'Cali', property_type: 'apartment', latitude: 3.4, longitude: -76.5 };
  [id, other] = (await addProperties(database, [place, { ...place, description: 'Con balcón' }])) as [
    number,
    number,
  ];
  await addUsers(database, ['ana', 'beto']);
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

describe('include=likes', () => {
  const likesIn = async (path: string, headers: Record<string, string>) =>
    (propertiesOf((await ask(app, `${path}?include=likes`, { headers })).body as object) as PropertyDto[])
      .toSorted((a, b) => a.id - b.id)
      .map((property) => [property.id, property.likes]);

  it('adds the exact number of likes, and whether the caller likes the property, with one statement', async () => {
    const beto = await signIn(app, 'beto');
    const statements = await recordStatements(app);
    for (const path of paths.filter((each) => each !== '/v1/me/likes')) {
      const likes = (likedByMe: boolean | null) => [
        ...(path.endsWith('similar') ? [] : [[id, { count: 1, likedByMe }]]),
        ...(path === `/v1/properties/${id}` ? [] : [[other, { count: 0, likedByMe: likedByMe && false }]]),
      ];
      for (const [headers, likedByMe] of [
        [ana, true],
        [beto, false],
        [{}, null],
      ] as const) {
        statements.length = 0;
        const shown = await likesIn(path, headers);
        expect([path, shown]).toEqual([path, likes(likedByMe)]);
        expect(statements.filter((sql) => sql.includes('property_likes'))).toHaveLength(1);
      }
    }
    expect(await likesIn('/v1/me/likes', ana)).toEqual([[id, { count: 1, likedByMe: true }]]);
    const plain = await ask(app, '/v1/properties?include=likes&fields=id');
    expect(plain.body.items[0]).toEqual({ id: expect.any(Number), likes: { count: 0, likedByMe: null } });
  });

  it('shows a like and an unlike at once, also where the answer was asked for before', async () => {
    for (const [method, count] of [
      ['PUT', 1],
      ['DELETE', 0],
    ] as const) {
      await likesIn(`/v1/properties/${other}`, {});
      await ask(app, `/v1/properties/${other}/like`, { method, headers: ana });
      expect(await likesIn(`/v1/properties/${other}`, {})).toEqual([[other, { count, likedByMe: null }]]);
      expect(await likesIn(`/v1/properties/${other}`, ana)).toEqual([
        [other, { count, likedByMe: count === 1 }],
      ]);
    }
  });

  it('is in no cache of several callers: private with a token, else for no time', async () => {
    for (const path of paths) {
      const { headers } = await ask(app, `${path}?include=likes`, { headers: ana });
      expect([path, headers['cache-control']]).toEqual([
        path,
        path === '/v1/me/likes' ? 'no-store' : 'private, no-cache',
      ]);
      expect(headers['vary']).toMatch(/\bAuthorization\b/i);
    }
    for (const path of paths.filter((each) => each !== '/v1/me/likes')) {
      const { headers } = await ask(app, `${path}?include=likes`);
      expect([path, headers['cache-control']]).toEqual([path, 'public, no-cache']);
      const again = await ask(app, `${path}?include=likes`, {
        headers: { 'if-none-match': headers['etag']! },
      });
      expect([path, again.status]).toEqual([path, 304]);
    }
  });

  it.each(['', 'like', 'likes,likes', 'photos'])('400 for include=%s', async (include) => {
    for (const path of paths) {
      const { status, body } = await get(path, `include=${include}`);
      expect([path, status, body.errors]).toEqual([
        path,
        400,
        [{ field: 'include', message: 'must be one of likes' }],
      ]);
    }
  });

  it('works in a process with the service properties alone', async () => {
    const alone = await startApp({ ...database.config, services: ['properties'] });
    const { body } = await ask(alone, `/v1/properties/${id}?include=likes`, { headers: ana });
    await alone.close();
    expect(body.likes).toEqual({ count: 1, likedByMe: true });
  });
});

const pick = (object: object, names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, (object as Record<string, unknown>)[name]]));
