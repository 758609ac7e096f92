import { beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { writeLockKey } from '../../src/likes/user-write-lock.js';
import { addUsers } from '../support/accounts.js';
import { ask, persist } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { needsOwnApp } from '../support/outside.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

const USER_COUNT = 1_000;
/** Index of a user whose turn no other test locks. */
const USER = 500;
const RANDOM_SECONDS = Number(process.env.RANDOM_SECONDS ?? 3);

useApp();

let userIds: number[];
let headers: { authorization: string }[];

beforeAll(async () => {
  userIds = await addUsers(
    database,
    Array.from({ length: USER_COUNT }, (_, i) => `user-${i}`),
  );
  const tokens = app.get(AccessTokens);
  headers = await Promise.all(userIds.map(async (id) => ({ authorization: `Bearer ${tokens.issue(id)}` })));
});

/** On a busy machine a thousand requests at once are an overload. */
const act = async (method: 'PUT' | 'DELETE', id: number, user: number): Promise<number> =>
  (await persist(() => ask(app, `/v1/properties/${id}/like`, { method, headers: headers[user]! }))).status;

const sorted = (statuses: readonly number[]): number[] => statuses.toSorted((a, b) => a - b);

/** The number of transaction retries after a deadlock or a lock-wait timeout. */
async function retries(): Promise<number> {
  const { text } = await ask(app, '/metrics');
  return Number(/^database_transaction_retries_total (\d+)$/m.exec(text)![1]);
}

/** Runs `work` while another process has a like or unlike of this user under way. */
async function whileLocked<T>(user: number, work: () => Promise<T>): Promise<T> {
  const lock = await TestDatabase.connect(database.config);
  try {
    await lock.run('begin');
    await lock.run('select turn from like_turn where turn = ? for update', [writeLockKey(userIds[user]!)]);
    return await work();
  } finally {
    await lock.close();
  }
}

/** Statements of the service that wait for the lock of a user. Other test files share the server. */
async function writesWaiting(): Promise<number> {
  const rows = await database.run<{ Info: string | null; Command: string; db: string | null }>(
    'show full processlist',
  );
  return rows.filter(
    ({ Info, Command, db }) =>
      db === database.config.database.name && Command !== 'Sleep' && Info?.includes('from like_turn'),
  ).length;
}

describe('many likes at once', () => {
  it('a thousand users like one property, a hundred at a time: a thousand 201, and a thousand likes', async () => {
    const id = await addProperty(database);
    const limit = pLimit(100);
    const statuses = await limit.map(headers, (_, user) => act('PUT', id, user));
    expect(statuses).toEqual(Array(USER_COUNT).fill(201));
    expect((await ask(app, `/v1/properties/${id}/likes`)).body.count).toBe(USER_COUNT);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
  });

  it('one user sends the same like a thousand times: one 201, one like, one like event', async () => {
    const id = await addProperty(database);
    const statuses = await Promise.all(Array.from({ length: 1_000 }, () => act('PUT', id, 0)));
    expect(sorted(statuses)).toEqual([...Array<number>(999).fill(200), 201]);
    const events = await database.run('select action from like_event where property_id = ?', [id]);
    expect(events).toEqual([{ action: 'liked' }]);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
  });

  it('a user sends an equal request a thousand times behind a lock: the requests hold one connection', async () => {
    needsOwnApp('a thousand connections');
    const id = await addProperty(database);
    const other = await addProperty(database);
    for (const [method, statuses] of [
      ['PUT', [...Array<number>(999).fill(200), 201]],
      ['DELETE', Array<number>(1_000).fill(204)],
    ] as const) {
      const asked = await whileLocked(USER, async () => {
        const pending = Promise.all(Array.from({ length: 1_000 }, () => act(method, id, USER)));
        await until(async () => (await writesWaiting()) > 0);
        // The pool has connections for other users meanwhile.
        expect([200, 201]).toContain(await act('PUT', other, USER + 1));
        expect(await writesWaiting()).toBe(1);
        return { pending };
      });
      expect(sorted(await asked.pending)).toEqual(statuses);
    }
    await expectConsistentLikes(database);
  });

  it('a repeated like, and an unlike without a like, do not wait for the write lock of the user', async () => {
    const [liked, notLiked] = (await addProperties(database, [{}, {}])) as [number, number];
    expect(await act('PUT', liked, USER)).toBe(201);
    await whileLocked(USER, async () => {
      expect([await act('PUT', liked, USER), await act('DELETE', notLiked, USER)]).toEqual([200, 204]);
    });
  });

  it('users like and unlike at random, also the same pair at once: no like is lost or counted twice', async () => {
    const properties = await addProperties(
      database,
      Array.from({ length: 25 }, () => ({})),
    );
    const end = performance.now() + RANDOM_SECONDS * 1_000;
    const statuses = new Set<number>();
    await Promise.all(
      // Few enough that a busy machine answers each request in time.
      Array.from({ length: 80 }, async (_, i) => {
        // A third of them are on two devices.
        const user = i % 60;
        while (performance.now() < end) {
          const property = properties[Math.floor(Math.random() * properties.length)]!;
          statuses.add(await act(Math.random() < 0.55 ? 'PUT' : 'DELETE', property, user));
        }
      }),
    );
    expect(sorted([...statuses])).toEqual([200, 201, 204]);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
    for (const property of properties) {
      const { body } = await ask(app, `/v1/properties/${property}/likes`);
      const [{ standing }] = (await database.run<{ standing: number }>(
        'select count(*) as standing from property_likes where property_id = ?',
        [property],
      )) as [{ standing: number }];
      expect(body.count).toBe(standing);
    }
  });
});
