import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addUsers, PASSWORD, signIn } from '../support/accounts.js';
import { ask, walk } from '../support/client.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

type Headers = Record<string, string>;
let ana: Headers;
let luis: Headers;
let users = 0;
/** The numbers from 0 to 34. */
const DIGITS = Array.from({ length: 35 }, (_, n) => `select ${n} as n`).join(' union all ');

const send = (method: string, path: string, body?: object, headers: Headers = ana) =>
  ask(app, `/v1/me/searches${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    payload: body && JSON.stringify(body),
  });
const save = (query: string, headers?: Headers) => send('POST', '', { name: 'Casas', query }, headers);
const newOf = async (id: number) => {
  const { body } = await send('GET', `/${id}`);
  return [body.new, body.newIsMore];
};

async function addUser(): Promise<Headers> {
  const name = `user${++users}`;
  await addUsers(database, [name]);
  return signIn(app, name);
}

beforeAll(async () => {
  ana = await addUser();
  luis = await addUser();
  await addProperties(database, [{ city: 'Cali' }, { city: 'Cali' }]);
});

describe('a saved search', () => {
  it('is stored, read, changed and deleted, and of another user it is a 404', async () => {
    const made = await save('maxPrice=400000000&city=Bogot%C3%A1&city=cali');
    expect([made.status, made.headers.location]).toEqual([201, `searches/${made.body.id}`]);
    expect(made.body).toEqual({
      id: expect.any(Number),
      name: 'Casas',
      query: 'city=Bogot%C3%A1&city=cali&maxPrice=400000000',
      createdAt: expect.stringMatching(/Z$/),
      seenAt: made.body.createdAt,
      new: 0,
      newIsMore: false,
    });
    const path = `/${made.body.id}`;
    expect((await send('GET', path)).body).toEqual(made.body);
    expect((await send('PATCH', path, { name: 'Otra' })).body).toEqual({ ...made.body, name: 'Otra' });
    expect((await send('PATCH', path, { query: 'city=pasto' })).body).toMatchObject({
      name: 'Otra',
      query: 'city=pasto',
    });
    expect((await send('GET', '')).body.items).toMatchObject([{ id: made.body.id, query: 'city=pasto' }]);
    for (const [method, suffix, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', ''],
      ['GET', '/properties'],
    ] as const) {
      const { status, body: problem } = await send(method, path + suffix, body, luis);
      expect([method, status, problem.type]).toEqual([method, 404, 'urn:problem:search-not-found']);
    }
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('DELETE', path)).status).toBe(404);
    expect((await send('GET', '')).body).toEqual({ items: [] });
  });

  it('names each fault of the query as the list does', async () => {
    const query = 'minPrice=abc&colour=red&stratum=9&radius=5&sort=relevance';
    const list = (await ask(app, `/v1/properties?${query}`)).body;
    const { status, body } = await save(query);
    expect([status, body.type]).toEqual([422, 'urn:problem:invalid-body']);
    expect(body.errors).toEqual(list.errors);
    expect(body.errors.length).toBeGreaterThan(3);
    for (const refused of [
      'limit=5',
      'cursor=abc',
      'count=true',
      'includeHidden=true',
      'q=%',
      'sort=newest&sort=price',
    ])
      expect([refused, (await save(refused)).status]).toEqual([refused, 422]);
    expect((await send('POST', '', { name: '', query: '' })).status).toBe(422);
  });

  it('can have polygons of 100 corners, and a query that is too long when it is encoded is refused', async () => {
    const circle = (lng: number) =>
      Array.from({ length: 100 }, (_, i) => [
        (lng + Math.cos((i * Math.PI) / 50)).toFixed(6),
        (4 + Math.sin((i * Math.PI) / 50)).toFixed(6),
      ]).join(',');
    const query = [-74, -71, -68].map((lng) => `polygon=${circle(lng)}`).join('&');
    const { status, body } = await save(query);
    expect([status, body.query]).toEqual([201, query]);
    await addProperty(database, { latitude: 4.5, longitude: -74.5 });
    expect(await newOf(body.id)).toEqual([1, false]);
    const long = await save(Array.from({ length: 49 }, (_, i) => `city=${'ñ'.repeat(90)}${i}`).join('&'));
    expect([long.status, long.body.errors]).toEqual([
      422,
      [{ field: 'query', message: 'must be at most 15000 characters when it is encoded' }],
    ]);
  });

  it('with an equal query is the same one, also when several are sent at once', async () => {
    const answers = await Promise.all(
      [
        'city=CALI&minPrice=5',
        'minPrice=5&city=cali',
        '?city=cali&minPrice=5&sort=newest',
        'city=cali&city=Cali&minPrice=5',
      ].map((query) => save(query)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const other = (await save('city=cali')).body.id;
    expect((await send('PATCH', `/${other}`, { query: 'minPrice=5&city=Cali' })).body.errors).toEqual([
      { field: 'query', message: 'is the query of another saved search' },
    ]);
    expect((await save('city=cali&minPrice=5', luis)).status).toBe(201);
  });

  it('is one of at most 50, also when more are sent at once', async () => {
    const caller = await addUser();
    const answers: Awaited<ReturnType<typeof save>>[] = [];
    for (let from = 0; from < 55; from += 11)
      answers.push(
        ...(await Promise.all(Array.from({ length: 11 }, (_, i) => save(`minPrice=${from + i}`, caller)))),
      );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.type))).toEqual(
      new Set(['urn:problem:too-many-searches']),
    );
    expect((await send('GET', '', undefined, caller)).body.items).toHaveLength(50);
  });

  it('is part of the export, and erased with the account', async () => {
    const caller = await addUser();
    const { body } = await save('city=leticia', caller);
    const { savedSearches } = (await ask(app, '/v1/me/export', { headers: caller })).body;
    expect(savedSearches).toEqual([
      { name: 'Casas', query: 'city=leticia', createdAt: body.createdAt, seenAt: body.seenAt },
    ]);
    await ask(app, '/v1/me', {
      method: 'DELETE',
      headers: { ...caller, 'content-type': 'application/json' },
      payload: JSON.stringify({ currentPassword: PASSWORD }),
    });
    expect(await database.run('select id from saved_search where id = ?', [body.id])).toEqual([]);
  });
});

describe('what is new in a saved search', () => {
  it('are matching properties that became public since, until they were seen', async () => {
    const { id } = (await save('city=tunja&maxPrice=500')).body;
    const [match, , hidden] = (await addProperties(database, [
      { city: 'Tunja', price: 500 },
      { city: 'Tunja', price: 501 },
      { city: 'Tunja', price: 1, history: [['comprando', '2026-05-01 10:00:00']] },
    ])) as [number, number, number];
    expect(await newOf(id)).toEqual([1, false]);
    const read = async (query = '') =>
      (await send('GET', `/${id}/properties${query}`)).body.items.map((item: { id: number }) => item.id);
    expect(await read()).toEqual([match]);
    expect((await send('HEAD', `/${id}/properties?seen=true`)).status).toBe(200);
    expect(await newOf(id)).toEqual([1, false]);
    expect(await read('?seen=true')).toEqual([match]);
    // A change of a public property is nothing new.
    await database.run('update property set price = 499 where id = ?', [match]);
    await derive(database, [match]);
    expect(await newOf(id)).toEqual([0, false]);
    expect(await read()).toEqual([]);
    await addStatus(database, hidden, 'en_venta', '2026-06-01 10:00:00');
    await derive(database, [hidden]);
    expect(await read()).toEqual([hidden]);
    await addStatus(database, hidden, 'comprado', '2026-06-02 10:00:00');
    await derive(database, [hidden]);
    expect(await newOf(id)).toEqual([0, false]);
  });

  it('are counted to 100, and listed page by page, newest first; seen=true does not end a list that was begun', async () => {
    const { id } = (await save('city=Mocoa&q=calle')).body;
    const added = await addProperties(
      database,
      Array.from({ length: 100 }, () => ({ city: 'Mocoa' })),
    );
    expect(await newOf(id)).toEqual([100, false]);
    added.push(await addProperty(database, { city: 'Mocoa' }));
    expect(await newOf(id)).toEqual([100, true]);
    const first = (await send('GET', `/${id}/properties?limit=30&seen=true`)).body;
    await addProperty(database, { city: 'Mocoa' });
    const ids = first.items.map((item: { id: number }) => item.id);
    for (let cursor = first.page.nextCursor; cursor !== null;) {
      const { body } = await send('GET', `/${id}/properties?limit=40&cursor=${cursor}`);
      ids.push(...body.items.map((item: { id: number }) => item.id));
      cursor = body.page.nextCursor;
    }
    expect(ids).toEqual(added.toReversed());
    expect(await newOf(id)).toEqual([1, false]);
    const both = await send('GET', `/${id}/properties?seen=true&cursor=${first.page.nextCursor}`);
    expect([both.status, both.body.errors[0].field]).toEqual([400, 'seen']);
  });

  it('are found page by page in a huge range, whose newest part is counted; seen=true ends it', async () => {
    const queries = ['city=sasaima&maxPrice=8', 'city=sasaima&maxPrice=9'];
    const ids = await Promise.all(queries.map(async (query) => (await save(query)).body.id as number));
    const match = await addProperty(database, { city: 'Sasaima', price: 8 });
    await database.run(
      `insert into property_change (sequence, property_id, kind, at, published_sequence)
      select change_sequence + n, 1000000 + n, 'published', now(3), change_sequence + n
      from search_state join (
        select a.n + 35 * b.n + 1225 * c.n + 1 as n from (${DIGITS}) a join (${DIGITS}) b join (${DIGITS}) c
      ) numbers`,
    );
    await database.run('update search_state set change_sequence = change_sequence + 42875');
    try {
      const [id, other] = ids as [number, number];
      expect(await newOf(id)).toEqual([0, true]);
      const { body: first } = await send('GET', `/${id}/properties`);
      expect([first.items, first.page.nextCursor]).toEqual([[], expect.any(String)]);
      const { body } = await send('GET', `/${id}/properties?cursor=${first.page.nextCursor}`);
      expect([body.items.map((item: { id: number }) => item.id), body.page.nextCursor]).toEqual([
        [match],
        null,
      ]);
      expect((await send('GET', `/${id}/properties?seen=true`)).status).toBe(200);
      expect(await newOf(id)).toEqual([0, false]);
      // All searches of an answer share what it may read.
      const { items } = (await send('GET', '')).body as { items: { id: number; newIsMore: boolean }[] };
      const isMore = new Map(items.map((item) => [item.id, item.newIsMore]));
      expect([isMore.get(id), isMore.get(other)]).toEqual([false, true]);
      expect((await send('GET', `/${other}/properties?seen=true`)).status).toBe(200);
    } finally {
      await database.run('delete from property_change where property_id > 1000000');
    }
  });

  it('are exactly those of the list that were not there before', async () => {
    const filters = [
      '',
      'city=neiva',
      'maxPrice=3',
      'status=en_venta&minPrice=2',
      'availability=sold',
      'q=calle+7',
    ];
    const saved = await Promise.all(
      filters.map(async (query) => ({ query, id: (await save(query)).body.id })),
    );
    const statuses = ['en_venta', 'pre_venta', 'vendido', 'comprado'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            city: fc.constantFrom('Neiva', 'Pasto'),
            price: fc.integer({ min: 1, max: 4 }),
            status: fc.nat(3),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (properties) => {
          const before = await Promise.all(saved.map(({ query }) => walk(app, `/v1/properties?${query}`)));
          await Promise.all(saved.map(({ id }) => send('GET', `/${id}/properties?seen=true`)));
          await addProperties(
            database,
            properties.map(({ status, ...values }, i) => ({
              ...values,
              address: `Calle ${i % 2 ? 7 : 8}`,
              history: [[statuses[status]!, '2026-05-01 10:00:00']],
            })),
          );
          for (const [i, { query, id }] of saved.entries()) {
            const now = await walk(app, `/v1/properties?${query}`);
            const found = (await send('GET', `/${id}/properties?limit=100`)).body.items as { id: number }[];
            const expected = now.filter((one) => !before[i]!.includes(one)).toSorted((a, b) => b - a);
            expect([query, found.map((item) => item.id)]).toEqual([query, expected]);
            expect(await newOf(id)).toEqual([expected.length, false]);
          }
        },
      ),
      { numRuns: 5 },
    );
  });
});
