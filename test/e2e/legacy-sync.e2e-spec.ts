import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EntityManager } from '@mikro-orm/mysql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { FailingSteps } from '../../src/background/failing-steps.js';
import { LegacySync, type StepReport } from '../../src/legacy-sync/legacy-sync.js';
import { LOCK_WAIT_SECONDS } from '../../src/database/statement-deadline.js';
import { transactionRetries } from '../../src/database/transaction.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty, addStatus } from '../support/factories.js';
import { budget, until } from '../support/until.js';

let database: TestDatabase;
let app: NestFastifyApplication;
let person: number;
let headers: { authorization: string };
let catchUp: LegacySync;
/** Another program's transactions. */
let other: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
  other = await TestDatabase.connect(database.config);
  app = await startApp(database.config);
  [person] = (await addUsers(database, ['ana'])) as [number];
  headers = await signIn(app, 'ana');
});
afterAll(async () => {
  await app?.close();
  await other?.close();
  await database?.drop();
});
beforeEach(async () => {
  await other.run('rollback');
  catchUp = await start();
  await followAll();
});

const start = (): Promise<LegacySync> =>
  LegacySync.start(app.get(EntityManager), '+00:00', app.get(FailingSteps));
const followAll = (): Promise<StepReport> => catchUp.step({ sweeps: false, late: true });

const shown = async (id: number) => (await ask(app, `/v1/properties/${id}`)).body;
const history = async () =>
  (await ask(app, '/v1/me/likes/history?limit=100', { headers })).body.items as {
    propertyId: number;
    action: string;
  }[];
const actions = async (id: number) =>
  (await history()).filter(({ propertyId }) => propertyId === id).map(({ action }) => action);

/** As the old programs write it: its columns by name, and only those that they know. */
async function insertHome(address: string, city = 'Cali'): Promise<number> {
  await other.run(
    'insert into property (address, city, price, description, year) values (?, ?, 1000, null, 1990)',
    [address, city],
  );
  const [row] = await other.run<{ id: number }>('select last_insert_id() as id');
  return row!.id;
}
const insertLike = (property: number, at = '2026-05-02 10:00:00') =>
  other.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
    property,
    person,
    at,
  ]);

/** Waits until a statement waits, too: it is seen again and again. @returns false: it was `done` before */
async function untilWaits(beginning: string, done: Promise<unknown>): Promise<boolean> {
  let [times, isDone] = [0, false];
  const end = (): void => {
    isDone = true;
  };
  done.then(end, end);
  await until(async () => {
    const [row] = await database.run<{ statements: number }>(
      'select count(*) as statements from information_schema.processlist where db = database() and info like ?',
      [`${beginning}%`],
    );
    times = Number(row!.statements) > 0 ? times + 1 : 0;
    return isDone || times === 5;
  });
  return !isDone;
}

describe('what other programs write', () => {
  it('a home is shown when it has a status, with what they change of it', async () => {
    const id = await insertHome('Carrera 7');
    await followAll();
    expect(await shown(id)).toMatchObject({ status: 404 });
    await addStatus(other, id, 'en_venta', '2026-05-01 10:00:00');
    expect(await followAll()).toMatchObject({ properties: 1, likes: 0, more: false });
    expect(await shown(id)).toMatchObject({ address: 'Carrera 7', status: { name: 'en_venta' } });

    await other.run("update property set price = 2000, address = 'Carrera 8' where id = ?", [id]);
    expect(await followAll()).toMatchObject({ properties: 1 });
    expect((await ask(app, '/v1/properties?q=carrera+8&minPrice=2000')).body.items).toMatchObject([{ id }]);
  });

  it('of rows of the history the newest counts, whenever it was written', async () => {
    const id = await addProperty(database);
    await addStatus(other, id, 'vendido', '2026-05-03 10:00:00');
    await addStatus(other, id, 'comprado', '2026-04-03 10:00:00');
    await followAll();
    expect(await shown(id)).toMatchObject({
      status: { name: 'vendido' },
      statusSince: '2026-05-03T10:00:00Z',
    });
    await other.run(
      "delete from status_history where property_id = ? and update_date = '2026-05-03 10:00:00'",
      [id],
    );
    await addStatus(other, id, 'comprado', '2026-05-02 10:00:00');
    await followAll();
    expect(await shown(id)).toMatchObject({ status: 404 });
  });

  it('a like is a fact, once, and one that was taken back in between is told', async () => {
    const id = await addProperty(database);
    await insertLike(id);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await insertLike(id, '2026-05-03 10:00:00');
    expect(await followAll()).toMatchObject({ likes: 1 });
    expect(await followAll()).toMatchObject({ likes: 0 });
    expect(await actions(id)).toEqual(['liked', 'unliked', 'liked']);
  });

  it('a like that is taken back by the service before it was seen is told, too', async () => {
    const id = await addProperty(database);
    await insertLike(id);
    await ask(app, `/v1/properties/${id}/like`, { method: 'DELETE', headers });
    expect(await actions(id)).toEqual(['unliked', 'liked']);
    expect(await followAll()).toMatchObject({ likes: 0 });
  });

  it('what the service has written itself is nothing new', async () => {
    await app.get(ListingsService).save([
      {
        externalRef: 'test:own',
        city: 'Cali',
        address: 'Calle 9',
        history: [{ status: 'en_venta', at: new Date('2026-05-01T00:00:00Z') }],
      },
    ]);
    const [row] = await database.run<{ id: number }>(
      "select id from property where external_ref = 'test:own'",
    );
    await ask(app, `/v1/properties/${row!.id}/like`, { method: 'PUT', headers });
    expect(await followAll()).toEqual({ properties: 0, likes: 0, swept: 0, more: false });
    expect(await actions(row!.id)).toEqual(['liked']);
  });

  it('in a transaction that commits long after later ones is not lost', async () => {
    const [slow, quick] = [await addProperty(database), await addProperty(database)];
    await followAll();
    await other.run('begin');
    await addStatus(other, slow, 'vendido', '2026-05-04 10:00:00');
    await other.run('update property set price = 77 where id = ?', [slow]);
    await insertLike(slow);
    await addStatus(database, quick, 'vendido', '2026-05-04 10:00:00');
    await database.run('update property set price = 78 where id = ?', [quick]);
    await followAll();
    expect(await shown(quick)).toMatchObject({ availability: 'sold', price: 78 });
    expect(await shown(slow)).toMatchObject({ availability: 'available' });
    await other.run('commit');
    await followAll();
    expect(await shown(slow)).toMatchObject({ availability: 'sold', price: 77 });
    expect(await actions(slow)).toEqual(['liked']);
  });

  it('is shown at once though its people and homes have to do with a transaction that stays open', async () => {
    const [busy, home] = [await addProperty(database), await addProperty(database)];
    for (const id of [busy, home]) await addStatus(database, id, 'vendido', '2026-05-04 10:00:00');
    await other.run('begin');
    await insertLike(busy);
    await addStatus(other, busy, 'en_venta', '2026-05-01 10:00:00');
    await other.run('update property set price = 81 where id = ?', [busy]);
    await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
      home,
      person,
      '2026-05-05 10:00:00',
    ]);
    const start = performance.now();
    expect(await followAll()).toMatchObject({ properties: 1, likes: 1 });
    // A wait for a locked row takes that long.
    expect(performance.now() - start).toBeLessThan(LOCK_WAIT_SECONDS * 1_000);
    expect(await shown(home)).toMatchObject({ availability: 'sold' });
    expect(await actions(home)).toEqual(['liked']);
    await other.run('commit');
    expect(await followAll()).toMatchObject({ properties: 1, likes: 1 });
    expect(await shown(busy)).toMatchObject({ availability: 'sold', price: 81 });
  });

  it('in a transaction that stays open is in no way of what its people do elsewhere', async () => {
    const [busy, home, third] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await other.run('begin');
    await insertLike(busy);
    const like = (method: 'PUT' | 'DELETE') => ask(app, `/v1/properties/${home}/like`, { method, headers });
    expect([(await like('PUT')).status, (await like('DELETE')).status]).toEqual([201, 204]);
    await signIn(app, 'ana');
    await database.run(
      "insert into property_likes (property_id, user_id, created_at) values (?, ?, '2026-05-05 10:00:00')",
      [third, person],
    );
    expect(await followAll()).toMatchObject({ likes: 1 });
    expect(await actions(third)).toEqual(['liked']);
    await other.run('commit');
    expect(await followAll()).toMatchObject({ likes: 1 });
  });

  it('likes are facts at once though what is beside them is being deleted for long', async () => {
    const [home, gone] = [await addProperty(database), await addProperty(database)];
    const [stays, leaves] = (await addUsers(database, [`stays-${home}`, `leaves-${home}`])) as [
      number,
      number,
    ];
    const likeOf = (id: number, user: number) =>
      database.run(
        "insert into property_likes (property_id, user_id, created_at) values (?, ?, '2026-05-05 10:00:00')",
        [id, user],
      );
    await likeOf(gone, leaves);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await likeOf(home, stays);
    await other.run('begin');
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    await other.run('delete from auth_user where id = ?', [leaves]);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('commit');
    expect(await followAll()).toMatchObject({ likes: 0 });
    // What was done stays in the log.
    expect(await database.run('select action from like_event where property_id = ?', [gone])).toEqual([
      { action: 'liked' },
    ]);
  });

  it('homes are shown though one beside them is being deleted for long', async () => {
    const [home, gone, far] = [
      await addProperty(database, { city: 'Inírida' }),
      await addProperty(database, { city: 'Inírida' }),
      await addProperty(database, { city: 'Inírida' }),
    ];
    await followAll();
    const found = async (q: string) =>
      ((await ask(app, `/v1/properties?city=inirida&q=${q}`)).body.items as { id: number }[]).map(
        ({ id }) => id,
      );
    await database.run("update property set address = 'Zaguán' where id = ?", [home]);
    await database.run("update property set address = 'Zipa' where id = ?", [far]);
    await other.run('begin');
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    // The server may have locked what is around the words of the home, too.
    await followAll();
    expect(await found('zipa')).toEqual([far]);
    await other.run('rollback');
    await followAll();
    expect([await found('zipa'), await found('zaguan')]).toEqual([[far], [home]]);
  });

  it('a like that they take back is told when the person likes the home again by the service', async () => {
    const id = await addProperty(database);
    const like = () => ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await like();
    await other.run('delete from property_likes where property_id = ?', [id]);
    expect((await like()).status).toBe(201);
    expect(await actions(id)).toEqual(['liked', 'unliked', 'liked']);
    expect(await followAll()).toMatchObject({ likes: 0 });
  });

  it.each([
    ['of the same second', '2026-05-05 10:00:00'],
    ['without a time', '0000-00-00 00:00:00'],
  ])('a like %s as one that was taken back by the service is told again', async (_, at) => {
    const id = await addProperty(database);
    for (let times = 0; times < 2; times++) {
      await insertLike(id, at);
      expect(await followAll()).toMatchObject({ likes: 1 });
      await ask(app, `/v1/properties/${id}/like`, { method: 'DELETE', headers });
      expect(await followAll()).toMatchObject({ likes: 0 });
    }
    expect(
      await database.run('select action from like_event where property_id = ? order by id', [id]),
    ).toEqual(['liked', 'unliked', 'liked', 'unliked'].map((action) => ({ action })));
  });

  it('the service waits for a like of another program without being in the way of others', async () => {
    const [home, second] = [await addProperty(database), await addProperty(database)];
    const [elsewhere] = (await addUsers(database, [`waits-${home}`])) as [number];
    await other.run('begin');
    await insertLike(home);
    const waiting = ask(app, `/v1/properties/${home}/like`, { method: 'PUT', headers });
    expect(await untilWaits('%from property_likes where property_id', waiting)).toBe(true);
    const start = performance.now();
    await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, now())', [
      second,
      elsewhere,
    ]);
    await insertLike(second);
    expect(performance.now() - start).toBeLessThan(budget(1_000));
    await other.run('commit');
    expect(await waiting).toMatchObject({ status: 200, body: { likedAt: '2026-05-02T10:00:00Z' } });
    expect(await followAll()).toMatchObject({ likes: 3 });
  });

  it('a like is made though the server ends it in a deadlock with a program that reads the whole table', async () => {
    const [home, next, far] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    // The server ends who has done less.
    const fans = await addUsers(
      database,
      Array.from({ length: 40 }, (_, i) => `fan-${i}`),
    );
    await database.run(
      `insert into property_likes (property_id, user_id) values ${fans.map(() => '(?, ?)').join()}`,
      fans.flatMap((id) => [next, id]),
    );
    const before = transactionRetries();
    // A like that is not committed stops it in the middle of the table.
    const third = await TestDatabase.connect(database.config);
    await third.run('begin');
    await third.run('insert into property_likes (property_id, user_id) values (?, ?)', [far, person]);
    // What was taken back a moment ago has left an entry, and whoever comes there looks at the one beside it.
    const like = (method: 'PUT' | 'DELETE') => ask(app, `/v1/properties/${home}/like`, { method, headers });
    await like('PUT');
    await like('DELETE');
    await other.run('begin');
    const deleting = other.run('delete from property_likes where property_id + 0 = ?', [next]);
    await untilWaits('delete from property_likes', deleting);
    const liking = like('PUT');
    // Not on every server.
    const waits = await untilWaits('insert into `property_likes`', liking);
    await third.run('rollback');
    await third.close();
    await Promise.allSettled([deleting]);
    await other.run('rollback');
    expect((await liking).status).toBe(201);
    expect(transactionRetries() > before).toBe(waits);
    expect(await actions(home)).toEqual(['liked', 'unliked', 'liked']);
  });

  it('likes that people take back by the service at the same moment are told once, in turn', async () => {
    const home = await addProperty(database);
    const names = Array.from({ length: 8 }, (_, i) => `hasty-${i}`);
    const people = await addUsers(database, names);
    const tokens = app.get(AccessTokens);
    for (let round = 0; round < 30; round++) {
      await other.run(
        `insert into property_likes (property_id, user_id, created_at) values ${people.map(() => '(?, ?, ?)').join(', ')}`,
        people.flatMap((id) => [home, id, `2026-05-05 10:${String(round).padStart(2, '0')}:0${round % 2}`]),
      );
      const [, ...statuses] = await Promise.all([
        followAll(),
        ...people.map(async (id) => {
          const headers = { authorization: `Bearer ${tokens.issue(id)}` };
          return (await ask(app, `/v1/properties/${home}/like`, { method: 'DELETE', headers })).status;
        }),
      ]);
      expect(statuses).toEqual(people.map(() => 204));
    }
    await followAll();
    const facts = await database.run<{ user_id: number; actions: string }>(
      'select user_id, group_concat(action order by id) as actions from like_event where property_id = ? group by user_id',
      [home],
    );
    expect(facts).toEqual(
      people.map((user_id) => ({ user_id, actions: Array(30).fill('liked,unliked').join() })),
    );
  });

  it('a like is a fact though its person or its home is being changed for long', async () => {
    const [home, busy] = [await addProperty(database), await addProperty(database)];
    const [elsewhere] = (await addUsers(database, [`else-${home}`])) as [number];
    await database.run(
      "insert into property_likes (property_id, user_id, created_at) values (?, ?, '2026-05-05 10:00:00'), (?, ?, '2026-05-05 10:00:00')",
      [home, person, busy, elsewhere],
    );
    await other.run('begin');
    await other.run('update auth_user set last_login = now() where id = ?', [person]);
    await other.run('update property set price = 82 where id = ?', [busy]);
    expect(await followAll()).toMatchObject({ likes: 2 });
    expect(await actions(home)).toEqual(['liked']);
  });

  it('a like that is being taken back for long is a fact when it stays', async () => {
    const [kept, home] = [await addProperty(database), await addProperty(database)];
    for (const id of [kept, home]) await insertLike(id);
    await other.run('begin');
    await other.run('delete from property_likes where property_id = ?', [kept]);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('rollback');
    expect(await followAll()).toMatchObject({ likes: 1 });
  });

  it('is shown though another home is locked for long', async () => {
    const [locked, free] = [await addProperty(database), await addProperty(database)];
    for (const id of [locked, free]) await addStatus(database, id, 'vendido', '2026-05-04 10:00:00');
    await other.run('begin');
    await other.run('select id from property where id = ? for update', [locked]);
    expect(await followAll()).toMatchObject({ properties: 1 });
    expect(await shown(free)).toMatchObject({ availability: 'sold' });
    await other.run('rollback');
    expect(await followAll()).toMatchObject({ properties: 1 });
    expect(await shown(locked)).toMatchObject({ availability: 'sold' });
  });

  it('has odd values, and the rest is shown all the same', async () => {
    const [dear, undated, home] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await other.run('update property set price = 9223372036854775807 where id = ?', [dear]);
    await addStatus(other, undated, 'vendido', '2026-06-31 10:00:00');
    await insertLike(undated, '2026-02-31 10:00:00');
    await other.run('update property set price = 83 where id = ?', [home]);
    expect(await followAll()).toMatchObject({ properties: 3, likes: 1 });
    expect((await ask(app, '/v1/properties?maxPrice=83&minPrice=83')).body.items).toMatchObject([
      { id: home },
    ]);
    expect((await ask(app, '/v1/properties?sort=-price&limit=1')).body.items).toMatchObject([{ id: dear }]);
    expect(await shown(undated)).toMatchObject({
      availability: 'sold',
      statusSince: '0001-01-01T00:00:00Z',
    });
    expect((await ask(app, '/v1/me/likes/history?limit=100', { headers })).body.items).toContainEqual({
      propertyId: undated,
      action: 'liked',
      at: '0001-01-01T00:00:00Z',
    });
  });

  it('while nobody followed is found by the next that does', async () => {
    const [changed, sold, liked] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await followAll();
    await other.run('update property set price = 79 where id = ?', [changed]);
    await addStatus(other, sold, 'vendido', '2026-05-04 10:00:00');
    await insertLike(liked);
    catchUp = await start();
    expect(await followAll()).toMatchObject({ properties: 2, likes: 1 });
    expect((await ask(app, '/v1/properties?maxPrice=79&minPrice=79')).body.items).toMatchObject([
      { id: changed },
    ]);
    expect(await shown(sold)).toMatchObject({ availability: 'sold' });
    expect(await actions(liked)).toEqual(['liked']);
  });
});

describe('what other programs delete', () => {
  beforeAll(sweepAll);
  async function sweepAll(): Promise<number> {
    let swept = 0;
    // Homes by the hundred and cities one by one: twice around both.
    for (let i = 0; i < 20; i++) swept += (await catchUp.step({ sweeps: true })).swept;
    return swept;
  }

  it('a like: the count at once, the history by the sweep', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    expect((await ask(app, `/v1/properties/${id}/likes`)).body).toMatchObject({ count: 0 });
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
    expect(await sweepAll()).toBe(0);
  });

  it('a person: what they liked is taken back by the sweep', async () => {
    const id = await addProperty(database);
    const name = `erased-${id}`;
    const [erased] = (await addUsers(database, [name])) as [number];
    const { authorization } = await signIn(app, name);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers: { authorization } });
    await other.run('delete from auth_user where id = ?', [erased]);
    expect((await ask(app, `/v1/properties/${id}/likes`)).body).toMatchObject({ count: 0 });
    expect(await sweepAll()).toBe(1);
    expect(
      await database.run('select action from like_event where property_id = ? order by id', [id]),
    ).toEqual([{ action: 'liked' }, { action: 'unliked' }]);
  });

  it('a like of a home that is locked: also then', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await other.run('begin');
    await other.run('update property set price = 84 where id = ?', [id]);
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
  });

  it('a like of a person who is liking just now: later', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await other.run('begin');
    await other.run('select turn from like_turn where turn = ? for update', [person % 1_024]);
    expect(await sweepAll()).toBe(0);
    await other.run('commit');
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
  });

  it('a home: it is gone at once, and the counts by the sweep', async () => {
    const [gone] = [
      await addProperty(database, { city: 'Mocoa' }),
      await addProperty(database, { city: 'Mocoa' }),
    ];
    const counted = async () => (await ask(app, '/v1/properties/facets?city=mocoa')).body.total;
    expect(await counted()).toBe(2);
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    expect(await shown(gone)).toMatchObject({ status: 404 });
    expect(await sweepAll()).toBe(1);
    expect(await counted()).toBe(1);
  });

  it('what is locked when it comes is looked at again before what comes after', async () => {
    const ids = await addProperties(
      database,
      Array.from({ length: 250 }, () => ({ history: [['vendido', '2026-05-02 10:00:00']] })),
    );
    const locked = ids[120] as number;
    await followAll();
    await database.run('delete from status_history where property_id = ?', [locked]);
    await other.run('begin');
    await other.run('select id from property where id = ? for update', [locked]);
    const sweptTo = async () =>
      (await database.run<{ swept_to: number }>('select swept_to from catch_up_state'))[0]!.swept_to;
    let before = await sweptTo();
    // Until it stays where the home is.
    await until(async () => {
      await catchUp.step({ sweeps: true });
      const now = await sweptTo();
      const stays = now === before;
      before = now;
      return stays;
    });
    expect(locked - before).toBeGreaterThan(0);
    expect(locked - before).toBeLessThanOrEqual(100);
    await other.run('commit');
    await catchUp.step({ sweeps: true });
    expect(await shown(locked)).toMatchObject({ status: 404 });
    expect(await sweptTo()).toBeGreaterThan(locked - 1);
  });

  it('the newest row of a history: by the sweep', async () => {
    const id = await addProperty(database, {
      history: [
        ['en_venta', '2026-05-01 10:00:00'],
        ['vendido', '2026-05-02 10:00:00'],
      ],
    });
    await other.run(
      "delete from status_history where property_id = ? and update_date = '2026-05-02 10:00:00'",
      [id],
    );
    await sweepAll();
    expect(await shown(id)).toMatchObject({ availability: 'available' });
  });
});
