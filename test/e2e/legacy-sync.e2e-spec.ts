import { describe, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { LOCK_WAIT_SECONDS } from '../../src/database/statement-deadline.js';
import { transactionRetries } from '../../src/database/transaction.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty, addStatus } from '../support/factories.js';
import { budget, until } from '../support/until.js';
import {
  actions,
  followAll,
  headers,
  other,
  restartSync,
  shown,
  useLegacySync,
  userId,
} from '../support/legacy-sync.js';
import { app, database } from '../support/suite.js';

useLegacySync();

/** Inserts a property as old programs do: with the columns that they know, by name. */
async function insertProperty(address: string, city = 'Cali'): Promise<number> {
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
    userId,
    at,
  ]);

/** Waits until the server shows the statement five times in a row. @returns false if `done` settled first */
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

describe('the legacy sync', () => {
  it('shows a new property when it has a status, and its later changes', async () => {
    const id = await insertProperty('Carrera 7');
    await followAll();
    expect(await shown(id)).toMatchObject({ status: 404 });
    await addStatus(other, id, 'en_venta', '2026-05-01 10:00:00');
    expect(await followAll()).toMatchObject({ properties: 1, likes: 0, more: false });
    expect(await shown(id)).toMatchObject({ address: 'Carrera 7', status: { name: 'en_venta' } });

    await other.run("update property set price = 2000, address = 'Carrera 8' where id = ?", [id]);
    expect(await followAll()).toMatchObject({ properties: 1 });
    expect((await ask(app, '/v1/properties?q=carrera+8&minPrice=2000')).body.items).toMatchObject([{ id }]);
  });

  it('the newest row of the history decides, whenever it was written', async () => {
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

  it('records a like once, and the unlike of a like that was deleted in between', async () => {
    const id = await addProperty(database);
    await insertLike(id);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await insertLike(id, '2026-05-03 10:00:00');
    expect(await followAll()).toMatchObject({ likes: 1 });
    expect(await followAll()).toMatchObject({ likes: 0 });
    expect(await actions(id)).toEqual(['liked', 'unliked', 'liked']);
  });

  it('records a like that the service removes before the sync reads it', async () => {
    const id = await addProperty(database);
    await insertLike(id);
    await ask(app, `/v1/properties/${id}/like`, { method: 'DELETE', headers });
    expect(await actions(id)).toEqual(['unliked', 'liked']);
    expect(await followAll()).toMatchObject({ likes: 0 });
  });

  it('finds no change in the writes of the service itself', async () => {
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

  it('loses no write of a transaction that commits long after later ones', async () => {
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

  it('shows writes at once while an open transaction concerns the same user', async () => {
    const [busy, property] = [await addProperty(database), await addProperty(database)];
    for (const id of [busy, property]) await addStatus(database, id, 'vendido', '2026-05-04 10:00:00');
    await other.run('begin');
    await insertLike(busy);
    await addStatus(other, busy, 'en_venta', '2026-05-01 10:00:00');
    await other.run('update property set price = 81 where id = ?', [busy]);
    await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
      property,
      userId,
      '2026-05-05 10:00:00',
    ]);
    const start = performance.now();
    expect(await followAll()).toMatchObject({ properties: 1, likes: 1 });
    // The sync waited for no lock.
    expect(performance.now() - start).toBeLessThan(LOCK_WAIT_SECONDS * 1_000);
    expect(await shown(property)).toMatchObject({ availability: 'sold' });
    expect(await actions(property)).toEqual(['liked']);
    await other.run('commit');
    expect(await followAll()).toMatchObject({ properties: 1, likes: 1 });
    expect(await shown(busy)).toMatchObject({ availability: 'sold', price: 81 });
  });

  it('an open transaction does not delay other likes of its user', async () => {
    const [busy, property, third] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await other.run('begin');
    await insertLike(busy);
    const like = (method: 'PUT' | 'DELETE') =>
      ask(app, `/v1/properties/${property}/like`, { method, headers });
    expect([(await like('PUT')).status, (await like('DELETE')).status]).toEqual([201, 204]);
    await signIn(app, 'ana');
    await database.run(
      "insert into property_likes (property_id, user_id, created_at) values (?, ?, '2026-05-05 10:00:00')",
      [third, userId],
    );
    expect(await followAll()).toMatchObject({ likes: 1 });
    expect(await actions(third)).toEqual(['liked']);
    await other.run('commit');
    expect(await followAll()).toMatchObject({ likes: 1 });
  });

  it('records likes at once while a long transaction deletes neighbouring rows', async () => {
    const [property, gone] = [await addProperty(database), await addProperty(database)];
    const [stays, leaves] = (await addUsers(database, [`stays-${property}`, `leaves-${property}`])) as [
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
    await likeOf(property, stays);
    await other.run('begin');
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    await other.run('delete from auth_user where id = ?', [leaves]);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('commit');
    expect(await followAll()).toMatchObject({ likes: 0 });
    // The log keeps the like event.
    expect(await database.run('select action from like_event where property_id = ?', [gone])).toEqual([
      { action: 'liked' },
    ]);
  });

  it('shows properties while a long transaction deletes a neighbouring one', async () => {
    const [property, gone, far] = [
      await addProperty(database, { city: 'Inírida' }),
      await addProperty(database, { city: 'Inírida' }),
      await addProperty(database, { city: 'Inírida' }),
    ];
    await followAll();
    const found = async (q: string) =>
      ((await ask(app, `/v1/properties?city=inirida&q=${q}`)).body.items as { id: number }[]).map(
        ({ id }) => id,
      );
    await database.run("update property set address = 'Zaguán' where id = ?", [property]);
    await database.run("update property set address = 'Zipa' where id = ?", [far]);
    await other.run('begin');
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    // The server may also hold gap locks around the words of the property.
    await followAll();
    expect(await found('zipa')).toEqual([far]);
    await other.run('rollback');
    await followAll();
    expect([await found('zipa'), await found('zaguan')]).toEqual([[far], [property]]);
  });

  it('records the unlike of a deleted like when the user likes the property again in the service', async () => {
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
  ])('records again a like %s as one that the service removed', async (_, at) => {
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

  it('the service waits for a like of another program and blocks no one else', async () => {
    const [property, second] = [await addProperty(database), await addProperty(database)];
    const [elsewhere] = (await addUsers(database, [`waits-${property}`])) as [number];
    await other.run('begin');
    await insertLike(property);
    const waiting = ask(app, `/v1/properties/${property}/like`, { method: 'PUT', headers });
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

  it('a like succeeds after a deadlock with a program that reads the whole table', async () => {
    const [property, next, far] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    // The server rolls back the transaction with fewer changes.
    const fans = await addUsers(
      database,
      Array.from({ length: 40 }, (_, i) => `fan-${i}`),
    );
    await database.run(
      `insert into property_likes (property_id, user_id) values ${fans.map(() => '(?, ?)').join()}`,
      fans.flatMap((id) => [next, id]),
    );
    const before = transactionRetries();
    // An uncommitted like stops the delete in the middle of the table.
    const third = await TestDatabase.connect(database.config);
    await third.run('begin');
    await third.run('insert into property_likes (property_id, user_id) values (?, ?)', [far, userId]);
    // The index keeps an entry of the like that was just removed; a reader there also reads the next entry.
    const like = (method: 'PUT' | 'DELETE') =>
      ask(app, `/v1/properties/${property}/like`, { method, headers });
    await like('PUT');
    await like('DELETE');
    await other.run('begin');
    const deleting = other.run('delete from property_likes where property_id + 0 = ?', [next]);
    await untilWaits('delete from property_likes', deleting);
    const liking = like('PUT');
    // The like waits on some servers only.
    const waits = await untilWaits('%insert into property_likes%values%', liking);
    await third.run('rollback');
    await third.close();
    await Promise.allSettled([deleting]);
    await other.run('rollback');
    expect((await liking).status).toBe(201);
    expect(transactionRetries() > before).toBe(waits);
    expect(await actions(property)).toEqual(['liked', 'unliked', 'liked']);
  });

  it('an import succeeds after a deadlock with a program that copies statuses', async () => {
    const externalRef = 'copied:2';
    const [first, second] = [
      await addProperty(database),
      await addProperty(database, { external_ref: externalRef }),
    ];
    const before = transactionRetries();
    const third = await TestDatabase.connect(database.config);
    await third.run("do get_lock('second', 0)");
    // On some servers it holds the lock of the next id while it waits. The server rolls back the transaction with fewer changes.
    const copying = other.run(
      `insert into status_history (property_id, status_id, update_date)
      select if((@row := @row + 1) < 40, ?, ? + 0 * get_lock('second', 60)), 3, now()
      from (select 1 from information_schema.collations limit 40) many, (select @row := 0) start`,
      [first, second],
    );
    await untilWaits('insert into status_history', copying);
    const saving = app
      .get(ListingsService)
      .save([
        { externalRef, city: 'Cali', address: 'Calle 1', history: [{ status: 'vendido', at: new Date() }] },
      ]);
    const waits = await untilWaits('insert into `status_history`', saving);
    await third.run("do release_lock('second')");
    await third.close();
    await copying;
    await saving;
    expect(transactionRetries() > before).toBe(waits);
    expect(await shown(second)).toMatchObject({ status: { name: 'vendido' } });
  });

  it('records likes that users remove in the service at the same time once, in order', async () => {
    const property = await addProperty(database);
    const names = Array.from({ length: 8 }, (_, i) => `hasty-${i}`);
    const users = await addUsers(database, names);
    const tokens = app.get(AccessTokens);
    for (let round = 0; round < 30; round++) {
      await other.run(
        `insert into property_likes (property_id, user_id, created_at) values ${users.map(() => '(?, ?, ?)').join(', ')}`,
        users.flatMap((id) => [
          property,
          id,
          `2026-05-05 10:${String(round).padStart(2, '0')}:0${round % 2}`,
        ]),
      );
      const [, ...statuses] = await Promise.all([
        followAll(),
        ...users.map(async (id) => {
          const headers = { authorization: `Bearer ${tokens.issue(id)}` };
          return (await ask(app, `/v1/properties/${property}/like`, { method: 'DELETE', headers })).status;
        }),
      ]);
      expect(statuses).toEqual(users.map(() => 204));
    }
    await followAll();
    const events = await database.run<{ user_id: number; actions: string }>(
      'select user_id, group_concat(action order by id) as actions from like_event where property_id = ? group by user_id',
      [property],
    );
    expect(events).toEqual(
      users.map((user_id) => ({ user_id, actions: Array(30).fill('liked,unliked').join() })),
    );
  });

  it('records a like while a long transaction changes its user or its property', async () => {
    const [property, busy] = [await addProperty(database), await addProperty(database)];
    const [elsewhere] = (await addUsers(database, [`else-${property}`])) as [number];
    await database.run(
      "insert into property_likes (property_id, user_id, created_at) values (?, ?, '2026-05-05 10:00:00'), (?, ?, '2026-05-05 10:00:00')",
      [property, userId, busy, elsewhere],
    );
    await other.run('begin');
    await other.run('update auth_user set last_login = now() where id = ?', [userId]);
    await other.run('update property set price = 82 where id = ?', [busy]);
    expect(await followAll()).toMatchObject({ likes: 2 });
    expect(await actions(property)).toEqual(['liked']);
  });

  it('records a like when the transaction that deletes it rolls back', async () => {
    const [kept, property] = [await addProperty(database), await addProperty(database)];
    for (const id of [kept, property]) await insertLike(id);
    await other.run('begin');
    await other.run('delete from property_likes where property_id = ?', [kept]);
    expect(await followAll()).toMatchObject({ likes: 1 });
    await other.run('rollback');
    expect(await followAll()).toMatchObject({ likes: 1 });
  });

  it('shows a property while another one is locked for long', async () => {
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

  it('shows the other properties when some have extreme values', async () => {
    const [dear, undated, property] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await other.run('update property set price = 9223372036854775807 where id = ?', [dear]);
    await addStatus(other, undated, 'vendido', '2026-06-31 10:00:00');
    await insertLike(undated, '2026-02-31 10:00:00');
    await other.run('update property set price = 83 where id = ?', [property]);
    expect(await followAll()).toMatchObject({ properties: 3, likes: 1 });
    expect((await ask(app, '/v1/properties?maxPrice=83&minPrice=83')).body.items).toMatchObject([
      { id: property },
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

  it('finds writes that were made while no sync ran', async () => {
    const [changed, sold, liked] = [
      await addProperty(database),
      await addProperty(database),
      await addProperty(database),
    ];
    await followAll();
    await other.run('update property set price = 79 where id = ?', [changed]);
    await addStatus(other, sold, 'vendido', '2026-05-04 10:00:00');
    await insertLike(liked);
    await restartSync();
    expect(await followAll()).toMatchObject({ properties: 2, likes: 1 });
    expect((await ask(app, '/v1/properties?maxPrice=79&minPrice=79')).body.items).toMatchObject([
      { id: changed },
    ]);
    expect(await shown(sold)).toMatchObject({ availability: 'sold' });
    expect(await actions(liked)).toEqual(['liked']);
  });
});
