import type { EntityManager } from '@mikro-orm/mysql';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { LikeEventRepository } from '../../src/likes/like-event.repository.js';
import { LikeWriter } from '../../src/likes/like-writer.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import type { TestDatabase } from '../support/database.js';
import { addProperties, addProperty } from '../support/factories.js';
import { Proxy } from '../support/proxy.js';
import { atEnd, connect, database, useDatabase } from '../support/suite.js';

const AT = '2026-11-20 10:00:00';
const PROCEDURES = ['like_property_until', 'unlike_property_until'];

useDatabase();

let userId: number;
let own: TestDatabase;
let writer: LikeWriter;
let app: NestFastifyApplication;
const proxy = new Proxy({ host: '', port: 0 });

const rowsOf = async (propertyId: number) => ({
  likes: await database.run('select user_id from property_likes where property_id = ?', [propertyId]),
  events: (
    await database.run<{ action: string }>(
      'select action from like_event where property_id = ? order by id',
      [propertyId],
    )
  ).map(({ action }) => action),
});

async function dropProcedures(): Promise<void> {
  for (const name of PROCEDURES) await database.run(`drop procedure ${name}`);
}

async function restoreProcedures(): Promise<void> {
  await database.run("delete from mikro_orm_migrations where name like '%like-deadlines'");
  await database.migrate();
}

beforeAll(async () => {
  [userId] = (await addUsers(database, ['ana'])) as [number];
  own = await connect();
  const em: EntityManager = own.orm.em;
  writer = new LikeWriter(em, new LikeEventRepository(em));
  proxy.leadTo(database.config.database);
  await proxy.open();
  const behindProxy = { ...database.config.database, host: '127.0.0.1', port: proxy.port };
  app = await startApp({ ...database.config, database: behindProxy });
  atEnd(async () => {
    await app.close();
    await proxy.close();
  });
});

/** The fewest round trips of each request. Once a second, a connection is also checked for a failover. */
async function roundTrips(): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${app.get(AccessTokens).issue(userId)}` };
  const fewest: Record<string, number> = {};
  for (let round = 0; round < 5; round++) {
    const [id, hidden] = (await addProperties(database, [{}, { history: [] }])) as [number, number];
    for (const [name, method, property, status] of [
      ['like', 'PUT', id, 201],
      ['standing like', 'PUT', id, 200],
      ['unlike', 'DELETE', id, 204],
      ['unlike without a like', 'DELETE', id, 204],
      ['like of a hidden property', 'PUT', hidden, 404],
    ] as const) {
      const before = proxy.roundTrips;
      const answer = await ask(app, `/v1/properties/${property}/like`, { method, headers });
      expect([name, answer.status]).toEqual([name, status]);
      fewest[name] = Math.min(fewest[name] ?? Infinity, proxy.roundTrips - before);
    }
    expect(await rowsOf(id)).toEqual({ likes: [], events: ['liked', 'unliked'] });
  }
  return fewest;
}

describe('a like and an unlike', () => {
  it('take one round trip to the database, whatever they find', async () => {
    expect(await roundTrips()).toEqual({
      like: 1,
      'standing like': 1,
      unlike: 1,
      'unlike without a like': 1,
      'like of a hidden property': 1,
    });
  });

  it('work without the procedures, too, as after a dump without routines', async () => {
    await dropProcedures();
    try {
      await roundTrips();
    } finally {
      await restoreProcedures();
    }
    expect(await roundTrips()).toMatchObject({ like: 1, unlike: 1 });
  });
});

describe.each(['with', 'without'])('a like %s the procedures', (how) => {
  it('has each outcome, also beside programs that write likes without like events', async () => {
    if (how === 'without') await dropProcedures();
    try {
      const [id, hidden, deleted, foreign] = (await addProperties(database, [
        {},
        { history: [] },
        {},
        {},
      ])) as [number, number, number, number];
      const [inactive] = (await addUsers(database, [`inactive ${how}`], { isActive: false })) as [number];

      expect(await writer.add(id, userId, AT)).toMatchObject({ outcome: 'added' });
      expect(await writer.add(id, userId, '2026-11-21 10:00:00')).toEqual({
        outcome: 'standing',
        likedAt: AT,
      });
      for (const property of [hidden, 2_147_483_647, Number.MAX_SAFE_INTEGER])
        expect(await writer.add(property, userId, AT)).toMatchObject({ outcome: 'hidden' });
      for (const user of [inactive, 2_147_483_647]) {
        expect(await writer.add(id, user, AT)).toMatchObject({ outcome: 'inactive' });
        expect(await writer.remove(id, user, AT)).toBe('inactive');
      }
      expect(await rowsOf(id)).toEqual({ likes: [{ user_id: userId }], events: ['liked'] });
      expect([await writer.remove(id, userId, AT), await writer.remove(id, userId, AT)]).toEqual([
        'removed',
        'absent',
      ]);
      expect(await rowsOf(id)).toEqual({ likes: [], events: ['liked', 'unliked'] });

      // Another program deletes a like: the unlike is recorded before the next like.
      await writer.add(deleted, userId, AT);
      await database.run('delete from property_likes where property_id = ?', [deleted]);
      expect(await writer.add(deleted, userId, AT)).toMatchObject({ outcome: 'added' });
      expect(await rowsOf(deleted)).toEqual({
        likes: [{ user_id: userId }],
        events: ['liked', 'unliked', 'liked'],
      });

      // Another program makes a like with the zero date: it stands, and is recorded before the unlike.
      await database.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, 0)', [
        foreign,
        userId,
      ]);
      expect(await writer.add(foreign, userId, AT)).toEqual({
        outcome: 'standing',
        likedAt: '0000-00-00 00:00:00',
      });
      expect(await writer.remove(foreign, userId, AT)).toBe('removed');
      expect(await rowsOf(foreign)).toEqual({ likes: [], events: ['liked', 'unliked'] });
    } finally {
      if (how === 'without') await restoreProcedures();
    }
  });

  it('writes no like when its like event cannot be written', async () => {
    if (how === 'without') await dropProcedures();
    try {
      const id = await addProperty(database);
      await database.run('alter table like_event rename column at to at_other');
      try {
        await expect(writer.add(id, userId, AT)).rejects.toMatchObject({ errno: 1054 });
      } finally {
        // This would commit a transaction that was left open.
        await own.run('begin');
        await own.run('commit');
        await database.run('alter table like_event rename column at_other to at');
      }
      expect(await rowsOf(id)).toEqual({ likes: [], events: [] });
      expect(await writer.add(id, userId, AT)).toMatchObject({ outcome: 'added' });
    } finally {
      if (how === 'without') await restoreProcedures();
    }
  });

  it('reads as many rows for a user with 100,000 like events as for a user with ten', async () => {
    if (how === 'without') await dropProcedures();
    try {
      const users = await addUsers(database, [`few ${how}`, `many ${how}`]);
      const reads: number[][] = [];
      for (const [user, doublings] of [
        [users[0]!, 0],
        [users[1]!, 14],
      ] as const) {
        const id = await addProperty(database);
        const addEvent = (property: number, action: string) =>
          database.run(
            `insert into like_event (property_id, user_id, action, at) values (?, ?, ?, '${AT}')`,
            [property, user, action],
          );
        // Half of this property, half of others. The last like event of this one is an unlike.
        for (let event = 0; event < 10; event++)
          await addEvent(event < 5 ? id : id + 1_000 + event, event % 2 === 0 ? 'liked' : 'unliked');
        for (let doubling = 0; doubling < doublings; doubling++)
          await database.run(
            'insert into like_event (property_id, user_id, action, at) select property_id, user_id, action, at from like_event where user_id = ?',
            [user],
          );
        await addEvent(id, 'unliked');
        const counts: number[] = [];
        for (const outcome of ['added', 'standing'] as const) {
          const before = await rowsRead();
          expect(await writer.add(id, user, AT)).toMatchObject({ outcome });
          counts.push((await rowsRead()) - before);
        }
        const before = await rowsRead();
        expect(await writer.remove(id, user, AT)).toBe('removed');
        reads.push([...counts, (await rowsRead()) - before]);
      }
      // The server may look once more for the end of a longer range.
      for (const [i, few] of reads[0]!.entries()) expect(reads[1]![i]).toBeLessThanOrEqual(few + 2);
    } finally {
      if (how === 'without') await restoreProcedures();
    }
  });
});

/** Rows that the server has read for the connection of `writer`. */
async function rowsRead(): Promise<number> {
  const rows = await own.run<{ Value: number }>("show session status like 'Handler_read%'");
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}
