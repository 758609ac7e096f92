import type { EntityManager } from '@mikro-orm/mysql';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { OneTripTransactions } from '../../src/database/one-trip-transactions.js';
import { inTransaction } from '../../src/database/transaction.js';
import { LikeEventRepository } from '../../src/likes/like-event.repository.js';
import { LikeRepository } from '../../src/likes/like.repository.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty } from '../support/factories.js';
import { Proxy } from '../support/proxy.js';
import { atEnd, connect, database, useDatabase } from '../support/suite.js';

const AT = '2026-11-20 10:00:00';

useDatabase();

let userId: number;
let likes: LikeRepository;
let em: EntityManager;
let connections: Kysely<never>[];

const rowsOf = async (propertyId: number) => ({
  likes: await database.run('select user_id from property_likes where property_id = ?', [propertyId]),
  events: (
    await database.run<{ action: string }>(
      'select action from like_event where property_id = ? order by id',
      [propertyId],
    )
  ).map(({ action }) => action),
});

beforeAll(async () => {
  [userId] = (await addUsers(database, ['ana'])) as [number];
  const { orm } = await connect();
  em = orm.em;
  const oneTrip = new OneTripTransactions(orm, database.config);
  await oneTrip.connection.connect();
  atEnd(() => oneTrip.onApplicationShutdown());
  likes = new LikeRepository(em, new LikeEventRepository(em), oneTrip);
  connections = [em.getKysely<never>(), oneTrip.connection.getClient<never>()];
});

describe('round trips to the database', () => {
  it('a like and an unlike take two; a like that stands, an unlike without a like and a hidden property take one', async () => {
    const proxy = new Proxy(database.config.database);
    await proxy.open();
    const { port } = proxy;
    const app = await startApp({
      ...database.config,
      database: { ...database.config.database, host: '127.0.0.1', port },
    });
    try {
      const headers = { authorization: `Bearer ${app.get(AccessTokens).issue(userId)}` };
      const trips: Record<string, number[]> = {};
      // Once a second, a connection is also checked for a failover.
      for (let round = 0; round < 5; round++) {
        const id = await addProperty(database);
        const hidden = await addProperty(database, { history: [] });
        for (const [name, method, property, status] of [
          ['like', 'PUT', id, 201],
          ['standing like', 'PUT', id, 200],
          ['unlike', 'DELETE', id, 204],
          ['unlike without a like', 'DELETE', id, 204],
          ['hidden property', 'PUT', hidden, 404],
        ] as const) {
          const before = proxy.roundTrips;
          const answer = await ask(app, `/v1/properties/${property}/like`, { method, headers });
          expect([name, answer.status]).toEqual([name, status]);
          (trips[name] ??= []).push(proxy.roundTrips - before);
        }
        expect(await rowsOf(id)).toEqual({ likes: [], events: ['liked', 'unliked'] });
      }
      expect(Object.entries(trips).map(([name, counts]) => [name, Math.min(...counts)])).toEqual([
        ['like', 2],
        ['standing like', 1],
        ['unlike', 2],
        ['unlike without a like', 1],
        ['hidden property', 1],
      ]);
    } finally {
      await app.close();
      await proxy.close();
    }
  });
});

describe('a like in one round trip', () => {
  it('writes nothing for a hidden property, an inactive user, a like that stands, and a like event without its like', async () => {
    const [hidden, standing, deleted, id] = (await addProperties(database, [
      { history: [] },
      {},
      {},
      {},
    ])) as [number, number, number, number];
    const [inactive] = (await addUsers(database, ['inactive'], { isActive: false })) as [number];
    for (const property of [standing, deleted])
      expect(await likes.addInOneTrip(property, userId, AT)).toBe(true);
    await database.run('delete from property_likes where property_id = ?', [deleted]);
    const before = await Promise.all([hidden, standing, deleted, id].map(rowsOf));
    for (const [property, user] of [
      [hidden, userId],
      [2_147_483_647, userId],
      [id, inactive],
      [standing, userId],
      [deleted, userId],
    ] as const)
      expect([property, user, await likes.addInOneTrip(property, user, AT)]).toEqual([property, user, false]);
    for (const [property, user] of [
      [id, userId],
      [standing, inactive],
      [deleted, userId],
    ] as const)
      expect([property, user, await likes.removeInOneTrip(property, user, AT)]).toEqual([
        property,
        user,
        false,
      ]);
    expect(await Promise.all([hidden, standing, deleted, id].map(rowsOf))).toEqual(before);
  });

  it('leaves the unlike of a like without a like event to remove()', async () => {
    const id = await addProperty(database);
    await database.run('insert into property_likes (property_id, user_id) values (?, ?)', [id, userId]);
    expect(await likes.removeInOneTrip(id, userId, AT)).toBe(false);
    expect(await rowsOf(id)).toEqual({ likes: [{ user_id: userId }], events: [] });
  });
});

describe('the rows that a like reads', () => {
  /** Rows that the server has read for these connections. */
  const rowsRead = async (): Promise<number> => {
    let total = 0;
    for (const connection of connections) {
      const { rows } = await sql<{ Value: number }>`show session status like 'Handler_read%'`.execute(
        connection,
      );
      total += rows.reduce((sum, { Value }) => sum + Number(Value), 0);
    }
    return total;
  };

  it('are as many for a user with 100,000 like events as for a user with ten', async () => {
    const users = await addUsers(database, ['few', 'many']);
    const reads: number[][] = [];
    for (const [user, doublings] of [
      [users[0]!, 0],
      [users[1]!, 14],
    ] as const) {
      const id = await addProperty(database);
      // Of other properties, and of this one, whose last like event is an unlike.
      for (let event = 0; event < 10; event++)
        await database.run(
          `insert into like_event (property_id, user_id, action, at) values (?, ?, ?, '${AT}')`,
          [event < 5 ? id : id + 1_000 + event, user, event % 2 === 0 ? 'liked' : 'unliked'],
        );
      for (let doubling = 0; doubling < doublings; doubling++)
        await database.run(
          'insert into like_event (property_id, user_id, action, at) select property_id, user_id, action, at from like_event where user_id = ?',
          [user],
        );
      await database.run(
        `insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', '${AT}')`,
        [id, user],
      );
      const counts: number[] = [];
      for (const [work, result] of [
        [() => likes.findState(id, user), { isVisible: true, likedAt: null }],
        [() => likes.addInOneTrip(id, user, AT), true],
        [() => likes.removeInOneTrip(id, user, AT), true],
        [() => inTransaction(em, () => likes.add(id, user, AT)), 'added'],
        [() => inTransaction(em, () => likes.remove(id, user, AT)), 'removed'],
      ] as const) {
        const before = await rowsRead();
        expect(await work()).toEqual(result);
        counts.push((await rowsRead()) - before);
      }
      reads.push(counts);
    }
    const [few, many] = reads;
    expect(many).toEqual(few);
  });
});
