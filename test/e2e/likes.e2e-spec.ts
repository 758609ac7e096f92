import { beforeAll, describe, expect, it } from '@jest/globals';
import { Cursors } from '../../src/http/cursors.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask, walk } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

type Headers = Record<string, string>;

useApp();

let ana: Headers;
let beto: Headers;
let anaId: number;

beforeAll(async () => {
  [anaId] = (await addUsers(database, ['ana', 'beto'])) as [number, number];
  [ana, beto] = [await signIn(app, 'ana'), await signIn(app, 'beto')];
});

const like = (id: number | string, headers: Headers) =>
  ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
const unlike = (id: number | string, headers: Headers) =>
  ask(app, `/v1/properties/${id}/like`, { method: 'DELETE', headers });
const likesOf = async (id: number, headers: Headers = {}) =>
  (await ask(app, `/v1/properties/${id}/likes`, { headers })).body as unknown;
const rows = (id: number) => database.run('select user_id from property_likes where property_id = ?', [id]);
const events = async (id: number) =>
  (
    await database.run<{ action: string }>(
      'select action from like_event where property_id = ? order by id',
      [id],
    )
  ).map(({ action }) => action);

/** Hides a property by a status that is not public. */
async function hide(id: number): Promise<void> {
  await addStatus(database, id, 'comprando', '2026-11-01 00:00:00');
  await derive(database, [id]);
}

describe('PUT /v1/properties/:id/like', () => {
  it('201 first like, 200 again: one like, one like event, and the time of the first like', async () => {
    const id = await addProperty(database);
    const first = await like(id, ana);
    expect(first).toMatchObject({
      status: 201,
      body: { propertyId: id, liked: true, likedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    await database.run("update property_likes set created_at = '2026-02-03 04:05:06' where property_id = ?", [
      id,
    ]);
    const again = await like(id, ana);
    expect([again.status, again.body.likedAt]).toEqual([200, '2026-02-03T04:05:06Z']);
    expect([await rows(id), await events(id)]).toEqual([[{ user_id: anaId }], ['liked']]);
  });

  it('401 without a token; 404 for a hidden property, a property without history and an unknown id; 400 for a malformed id', async () => {
    const id = await addProperty(database);
    const anonymous = await like(id, {});
    expect([anonymous.status, anonymous.body.type, anonymous.headers['www-authenticate']]).toEqual([
      401,
      'urn:problem:not-signed-in',
      'Bearer',
    ]);
    await hide(id);
    const blank = await addProperty(database, { history: [] });
    const [hidden, bare, unknown] = [
      await like(id, ana),
      await like(blank, ana),
      await like(2_147_483_647, ana),
    ];
    expect([hidden.status, bare.status, unknown.status]).toEqual([404, 404, 404]);
    expect((await like(9_007_199_254_740_991, ana)).status).toBe(404);
    for (const wrong of ['0', 'x', '1e3', '9007199254740992'])
      expect((await like(wrong, ana)).status).toBe(400);
    expect([await rows(id), await events(id)]).toEqual([[], []]);
  });

  it('401 to like or unlike for a user who was just deactivated or deleted', async () => {
    const names = ['eva', 'felix'];
    await addUsers(database, names);
    const headers = await Promise.all(names.map((name) => signIn(app, name)));
    const id = await addProperty(database);
    for (const header of headers) {
      expect((await like(id, header)).status).toBe(201);
      // The cache now holds the user as active.
      expect((await ask(app, '/v1/me', { headers: header })).status).toBe(200);
    }
    await database.run("update auth_user set is_active = 0 where username = 'eva'");
    await database.run("delete from auth_user where username = 'felix'");
    for (const header of headers) {
      expect((await like(id, header)).status).toBe(401);
      expect((await unlike(id, header)).status).toBe(401);
    }
    expect(await rows(id)).toHaveLength(1);
  });

  it('takes a request that names a content type and has no body', async () => {
    const id = await addProperty(database);
    const headers = { ...ana, 'content-type': 'application/json' };
    expect([(await like(id, headers)).status, (await unlike(id, headers)).status]).toEqual([201, 204]);
  });

  it('refuses parameters', async () => {
    const id = await addProperty(database);
    const answer = await ask(app, `/v1/properties/${id}/like?userId=2`, { method: 'PUT', headers: ana });
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'userId']);
  });
});

describe('DELETE /v1/properties/:id/like', () => {
  it('204 whether or not the like existed; the count stays right', async () => {
    const id = await addProperty(database);
    await like(id, ana);
    await like(id, beto);
    for (const attempt of [1, 2]) expect([attempt, (await unlike(id, ana)).status]).toEqual([attempt, 204]);
    expect(await likesOf(id)).toEqual({ propertyId: id, count: 1, likedByMe: null });
    expect(await events(id)).toEqual(['liked', 'liked', 'unliked']);
    expect((await unlike(id, ana)).text).toBe('');
  });

  it('204 also for a hidden property, liked or not, and for an id that does not exist: the answers are equal', async () => {
    const [liked, neverLiked] = (await addProperties(database, [{}, {}])) as [number, number];
    await like(liked, ana);
    for (const id of [liked, neverLiked]) await hide(id);
    const answers: object[] = [];
    for (const id of [liked, liked, neverLiked, 2_147_483_647, Number.MAX_SAFE_INTEGER]) {
      const { status, text, headers } = await unlike(id, ana);
      answers.push({ status, text, names: Object.keys(headers).toSorted() });
    }
    expect(answers).toEqual(answers.map(() => ({ ...answers[0], status: 204, text: '' })));
    expect(await rows(liked)).toEqual([]);
  });

  it('401 without a token; 400 for a malformed id', async () => {
    expect((await unlike(1, {})).status).toBe(401);
    expect((await unlike('1e3', ana)).status).toBe(400);
  });
});

describe('GET /v1/properties/:id/likes', () => {
  it('counts the likes, and tells each caller only whether they like the property', async () => {
    const [one, other] = (await addProperties(database, [{}, {}])) as [number, number];
    await like(one, ana);
    expect(await likesOf(one)).toEqual({ propertyId: one, count: 1, likedByMe: null });
    expect(await likesOf(one, ana)).toEqual({ propertyId: one, count: 1, likedByMe: true });
    expect(await likesOf(one, beto)).toEqual({ propertyId: one, count: 1, likedByMe: false });
    expect(await likesOf(other, ana)).toEqual({ propertyId: other, count: 0, likedByMe: false });
  });

  it('is public for anonymous callers and private with a token; 404 when hidden', async () => {
    const id = await addProperty(database);
    const anonymous = await ask(app, `/v1/properties/${id}/likes`);
    expect([anonymous.headers['cache-control'], anonymous.headers.vary]).toEqual([
      'public, no-cache',
      'Authorization, Accept-Encoding',
    ]);
    const mine = await ask(app, `/v1/properties/${id}/likes`, { headers: ana });
    expect([mine.headers['cache-control'], mine.headers.vary]).toEqual([
      'private, no-cache',
      'Authorization, Accept-Encoding',
    ]);
    const bad = await ask(app, `/v1/properties/${id}/likes`, { headers: { authorization: 'Bearer x' } });
    expect([bad.status, bad.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"']);
    await hide(id);
    expect((await ask(app, `/v1/properties/${id}/likes`)).status).toBe(404);
  });
});

describe('GET /v1/me/likes', () => {
  it('refuses the cursor of another user, and a request without a token', async () => {
    const [id, other] = (await addProperties(database, [{}, {}])) as [number, number];
    await like(id, ana);
    await like(other, ana);
    const { body } = await ask(app, '/v1/me/likes?limit=1', { headers: ana });
    const stolen = await ask(app, `/v1/me/likes?cursor=${body.page.nextCursor}`, { headers: beto });
    expect(stolen.status).toBe(400);
    for (const path of ['', '/lookup?propertyId=1', '/history'])
      expect((await ask(app, `/v1/me/likes${path}`)).status).toBe(401);
    expect((await ask(app, '/v1/me/likes', { headers: ana })).headers['cache-control']).toBe('no-store');
  });
});

describe('a forged cursor', () => {
  it.each(['abc', '', '2026-99-99 00:00:00', '2026-01-01 00:00:00+99:99', 7])(
    'with the time %j is refused',
    async (time) => {
      for (const [path, scope] of [
        ['likes', 'my likes'],
        ['likes/history', 'my history'],
      ] as const) {
        const cursor = app.get(Cursors).encode(JSON.stringify([scope, anaId]), [time, 1]);
        expect((await ask(app, `/v1/me/${path}?cursor=${cursor}`, { headers: ana })).status).toBe(400);
      }
    },
  );
});

describe('GET /v1/me/likes/lookup', () => {
  it('returns which of up to 100 properties the caller likes; 400 for more, and for malformed ids', async () => {
    const ids = await addProperties(database, [{}, {}, {}]);
    await like(ids[0]!, ana);
    await like(ids[2]!, ana);
    await like(ids[1]!, beto);
    const lookUp = (list: readonly (number | string)[]) =>
      ask(app, `/v1/me/likes/lookup?${list.map((id) => `propertyId=${id}`).join('&')}`, { headers: ana });
    expect((await lookUp([...ids, 2_147_483_647])).body).toEqual({ liked: [ids[0], ids[2]] });
    expect((await lookUp([ids[1]!])).body).toEqual({ liked: [] });
    expect((await ask(app, '/v1/me/likes/lookup', { headers: ana })).body).toEqual({ liked: [] });
    expect((await lookUp(Array.from({ length: 100 }, () => ids[0]!))).body).toEqual({ liked: [ids[0]] });
    expect((await lookUp(Array.from({ length: 101 }, () => 1))).status).toBe(400);
    expect((await lookUp(['1,2'])).status).toBe(400);
  });
});

describe('GET /v1/me/likes/history', () => {
  it('lists every like and unlike, newest first, in pages', async () => {
    await addUsers(database, ['dora']);
    const dora = await signIn(app, 'dora');
    const id = await addProperty(database);
    for (const act of [like, unlike, unlike, like]) await act(id, dora);
    const { body } = await ask(app, '/v1/me/likes/history?limit=2', { headers: dora });
    const { body: rest } = await ask(app, `/v1/me/likes/history?limit=2&cursor=${body.page.nextCursor}`, {
      headers: dora,
    });
    expect([...body.items, ...rest.items].map(({ action }) => action)).toEqual(['liked', 'unliked', 'liked']);
    expect(body.items[0]).toEqual({ propertyId: id, action: 'liked', at: expect.any(String) });
    expect(rest.page.nextCursor).toBeNull();
  });
});

describe('a database in another zone', () => {
  it('stores the times of likes as other programs do', async () => {
    const colombian = await TestDatabase.create({ timezone: '-05:00' });
    const there = await startApp(colombian.config);
    try {
      await addUsers(colombian, ['ana']);
      const id = await addProperty(colombian);
      const headers = await signIn(there, 'ana');
      const { body } = await ask(there, `/v1/properties/${id}/like`, { method: 'PUT', headers });
      expect(Math.abs(Date.parse(body.likedAt) - Date.now())).toBeLessThan(60_000);
      const [row] = await colombian.run<{ age: number }>(
        'select timestampdiff(second, created_at, now()) as age from property_likes',
      );
      expect(Math.abs(row!.age)).toBeLessThan(60);
    } finally {
      await there.close();
      await colombian.drop();
    }
  });
});

describe('walking a list with a token', () => {
  it('returns public lists to everyone, whatever the token', async () => {
    expect((await walk(app, '/v1/properties?limit=100')).length).toBeGreaterThan(0);
    expect((await ask(app, '/v1/properties', { headers: { authorization: 'Bearer x' } })).status).toBe(200);
  });
});
