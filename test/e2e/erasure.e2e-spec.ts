import { beforeAll, describe, expect, it } from '@jest/globals';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { AccountWorker } from '../../src/privacy/account-worker.js';
import { addUsers, PASSWORD, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { currentLikes, expectRebuilt, naive, updateRanking } from '../support/ranking.js';
import { app, connect, database, useApp } from '../support/suite.js';

const RETENTION_DAYS = 30;
const DAY = 86_400_000;

useApp({ settings: { likeEventRetentionDays: RETENTION_DAYS } });

let propertyIds: number[];
let made = 0;

beforeAll(async () => {
  propertyIds = await addProperties(
    database,
    Array.from({ length: 3 }, () => ({ city: 'Cali' })),
  );
});

async function newUser(): Promise<{ id: number; username: string; headers: Record<string, string> }> {
  const username = `casa-${++made}`;
  const [id] = await addUsers(database, [username]);
  await database.run('insert into account_email (user_id, email_key) values (?, ?)', [
    id,
    `${username}@example.com`,
  ]);
  return {
    id: id!,
    username,
    headers: { ...(await signIn(app, username)), 'content-type': 'application/json' },
  };
}

const eraseMe = (headers: Record<string, string>, currentPassword = PASSWORD) =>
  ask(app, '/v1/me', { method: 'DELETE', headers, payload: JSON.stringify({ currentPassword }) });

async function work(): Promise<void> {
  while (await app.get(AccountWorker).step());
}

const eventsOf = (userId: number) =>
  database.run('select property_id, action from like_event where user_id = ? order by id', [userId]);

/** Like events of pseudonyms, oldest first. */
const pseudonymous = () =>
  database.run<{ user_id: number; property_id: number; action: string }>(
    'select user_id, property_id, action from like_event where user_id < 0 order by id',
  );

/** Runs the sweep of the legacy sync once over all tables. */
async function sweep(): Promise<void> {
  const sync = await app.resolve(LegacySync);
  await sync.start();
  for (let i = 0; i < 3; i++) await sync.step({ late: true, sweeps: true });
}

describe('LIKE_EVENT_RETENTION_DAYS', () => {
  it('replaces the user in old unlikes and the likes that they ended; keeps standing likes and recent unlikes', async () => {
    const { id } = await newUser();
    const ago = (days: number) => naive(Date.now() - days * DAY);
    const log = [
      [propertyIds[0], 'liked', ago(90)],
      [propertyIds[0], 'unliked', ago(80)],
      [propertyIds[0], 'liked', ago(70)],
      [propertyIds[1], 'liked', ago(60)],
      [propertyIds[1], 'unliked', ago(RETENTION_DAYS - 1)],
      [propertyIds[2], 'liked', ago(60)],
      [propertyIds[2], 'unliked', ago(50)],
    ];
    for (const [propertyId, action, at] of log)
      await database.run('insert into like_event (property_id, user_id, action, at) values (?, ?, ?, ?)', [
        propertyId,
        id,
        action,
        at,
      ]);
    await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
      propertyIds[0],
      id,
      ago(70),
    ]);
    // The account is untrusted, and the event that showed it is an old one.
    await database.run(
      `insert into account_trust (user_id, rule, event_id)
      select user_id, 'pace', id from like_event where user_id = ? and property_id = ? and action = 'liked'`,
      [id, propertyIds[2]],
    );
    await database.run(
      'insert into untrusted_like (user_id, property_id) select distinct user_id, property_id from like_event where user_id = ?',
      [id],
    );
    // The first step of a worker begins a walk over the log.
    await work();
    expect(
      await database.run('select property_id from untrusted_like where user_id = ? order by property_id', [
        id,
      ]),
    ).toEqual([{ property_id: propertyIds[0] }, { property_id: propertyIds[1] }]);
    expect(await database.run('select rule, event_id from account_trust where user_id = ?', [id])).toEqual([
      { rule: 'pace', event_id: null },
    ]);
    for (const table of ['account_trust', 'untrusted_like'])
      await database.run(`delete from ${table} where user_id = ?`, [id]);
    expect(await eventsOf(id)).toEqual([
      { property_id: propertyIds[0], action: 'liked' },
      { property_id: propertyIds[1], action: 'liked' },
      { property_id: propertyIds[1], action: 'unliked' },
    ]);
    expect(await pseudonymous()).toHaveLength(4);
    await sweep();
    await expectConsistentLikes(database);
    await updateRanking(database);
    await expectRebuilt(database, app);
    await database.run('delete from property_likes');
    await sweep();
  });
});

describe('DELETE /v1/me', () => {
  it('422 for a wrong password: nothing changes', async () => {
    const { headers } = await newUser();
    const { status, body } = await eraseMe(headers, `${PASSWORD}!`);
    expect([status, body.errors]).toEqual([
      422,
      [{ field: 'currentPassword', message: expect.stringContaining('not the password') }],
    ]);
    expect((await ask(app, '/v1/me', { headers })).status).toBe(200);
  });

  it('204: the account is nobody, its tokens end, its name and email are free, and its row stays for other tables', async () => {
    const { id, username, headers } = await newUser();
    expect((await eraseMe(headers)).status).toBe(204);
    expect((await ask(app, '/v1/me', { headers })).status).toBe(401);
    const [row] = await database.run('select * from auth_user where id = ?', [id]);
    expect(row).toMatchObject({
      username: expect.stringMatching(/^erased-[0-9a-f]{24}$/),
      password: expect.stringMatching(/^!/),
      email: '',
      first_name: '',
      last_name: '',
      is_active: 0,
      is_staff: 0,
      is_superuser: 0,
      last_login: null,
    });
    await work();
    const again = await ask(app, '/v1/auth/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ username, email: `${username}@example.com`, password: PASSWORD }),
    });
    expect(again.status).toBe(201);
  });

  it('no table keeps a row of the user but the audit of staff changes', async () => {
    const { id, headers } = await newUser();
    await ask(app, `/v1/properties/${propertyIds[0]}/like`, { method: 'PUT', headers });
    await eraseMe(headers);
    await work();
    const tables = await database.run<{ name: string }>(
      `select table_name as name from information_schema.columns
      where table_schema = database() and column_name = 'user_id' and table_name <> 'property_audit'`,
    );
    for (const { name } of tables)
      expect([name, await database.run(`select * from ${name} where user_id = ?`, [id])]).toEqual([name, []]);
  });

  it('ends the likes as unlikes, keeps the other likes, and the log is pseudonymous; ranking equals a rebuild, and the sweep adds nothing', async () => {
    const [erased, other] = [await newUser(), await newUser()];
    const now = Date.now();
    // One like has no like event, as another program writes it; one pair was unliked before.
    await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
      propertyIds[2],
      erased.id,
      naive(now - 3 * DAY),
    ]);
    for (const { headers } of [erased, other])
      for (const id of propertyIds.slice(0, 2))
        await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await ask(app, `/v1/properties/${propertyIds[0]}/like`, { method: 'DELETE', headers: erased.headers });
    await updateRanking(database);

    await eraseMe(erased.headers);
    await work();
    await updateRanking(database);
    expect(await eventsOf(erased.id)).toEqual([]);
    expect(await eventsOf(other.id)).toHaveLength(2);
    const events = await pseudonymous();
    const ofOne = events.filter(({ user_id }) => user_id === events.at(-1)!.user_id);
    expect(ofOne.map(({ property_id, action }) => [property_id, action])).toEqual(
      expect.arrayContaining(
        propertyIds.flatMap((id) => [
          [id, 'liked'],
          [id, 'unliked'],
        ]),
      ),
    );
    expect(ofOne).toHaveLength(6);
    expect(await database.run('select user_id from property_likes')).toEqual([
      { user_id: other.id },
      { user_id: other.id },
    ]);
    const before = await database.run('select * from like_event order by id');
    await sweep();
    expect(await database.run('select * from like_event order by id')).toEqual(before);
    await expectConsistentLikes(database);
    expect(await currentLikes(database)).toHaveLength(2);
    await expectRebuilt(database, app);
  });

  it('goes on where it was interrupted, and waits for a like that another program has locked', async () => {
    const { id, headers } = await newUser();
    await database.run(
      `insert into property_likes (property_id, user_id, created_at) values ${propertyIds.map(() => '(?, ?, now())').join()}`,
      propertyIds.flatMap((propertyId) => [propertyId, id]),
    );
    const django = await connect();
    await django.run('begin');
    await django.run('select * from property_likes where user_id = ? and property_id = ? for update', [
      id,
      propertyIds[1],
    ]);
    await eraseMe(headers);
    const worker = app.get(AccountWorker);
    while (await worker.step());
    expect(await database.run('select property_id from property_likes where user_id = ?', [id])).toEqual([
      { property_id: propertyIds[1] },
    ]);
    expect(await worker.step()).toBe(false);
    await django.run('rollback');
    await work();
    expect(await database.run('select 1 from property_likes where user_id = ?', [id])).toEqual([]);
    expect(await database.run('select * from account_erasure')).toEqual([]);
    await expectConsistentLikes(database);
  });
});
