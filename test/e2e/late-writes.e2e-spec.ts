import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperty } from '../support/factories.js';
import { KillableServer } from '../support/killable-server.js';
import { describeWith } from '../support/optional.js';
import { connect, database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

// A request that was answered with a 503 must not write after that answer: the caller may have sent the opposite since.

const POOL = 2;

useDatabase();

let locker: TestDatabase;
let users: number[];
let property: number;
let app: NestFastifyApplication;
const log: string[] = [];

async function start(on: TestDatabase): Promise<void> {
  users = await addUsers(on, ['ana', 'luis', 'eva', 'raul', 'sonia']);
  await on.run("update auth_user set is_staff = 1 where username = 'sonia'");
  const config = { ...on.config, database: { ...on.config.database, poolSize: POOL } };
  app = await startApp(config, { log: (line) => log.push(line) });
}

const send = (method: string, path: string, user: number, body?: object): Promise<Answer> =>
  ask(app, `/v1/properties/${property}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${app.get(AccessTokens).issue(user)}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    payload: body && JSON.stringify(body),
  });
const like = (user: number): Promise<Answer> => send('PUT', '/like', user);
const likers = async (on: TestDatabase): Promise<number[]> => {
  const rows = await on.run<{ user_id: number }>(
    'select user_id from property_likes where property_id = ? order by user_id',
    [property],
  );
  return rows.map(({ user_id }) => user_id);
};
/** Ids of the open connections to the database. */
const connections = async (on: TestDatabase): Promise<number[]> => {
  const rows = await on.run<{ id: number }>(
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  );
  return rows.map(({ id }) => Number(id));
};

describe('tables that other programs lock for longer than a request may take', () => {
  beforeAll(async () => {
    await start(database);
    locker = await connect();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    property = await addProperty(database, { price: 100 });
    await locker.run('lock tables property_likes write, property write, like_event write');
  });
  afterEach(() => locker.run('unlock tables'));

  const waitingStatements = async (): Promise<number> =>
    (await database.run<{ State: string | null }>('show processlist')).filter(({ State }) =>
      /waiting for table/i.test(State ?? ''),
    ).length;
  /** Lets the statements run that wait for the lock, also those that the service has given up. */
  const unlock = async (): Promise<void> => {
    await locker.run('unlock tables');
    await until(async () => {
      const rows = await database.run(
        'select 1 from information_schema.processlist where db = database() and id <> connection_id() and info is not null',
      );
      return rows.length === 0;
    });
  };

  it('a like that got a 503 is not there afterwards', async () => {
    expect((await like(users[0]!)).status).toBe(503);
    await unlock();
    expect(await likers(database)).toEqual([]);
    expect((await like(users[0]!)).status).toBe(201);
  });

  it('a request that got a 503 while it waited for a connection of the pool changes nothing', async () => {
    // They hold the connections of the pool until their statements are given up.
    const first = users.slice(0, POOL).map(like);
    await until(async () => (await waitingStatements()) === POOL);
    const waiting = [send('PATCH', '', users[4]!, { price: 200 }), like(users[2]!)];
    const answers = await Promise.all([...first, ...waiting]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    await unlock();
    // The last two were stopped before they wrote.
    await until(async () => log.filter((line) => line.includes('took too long to write')).length === 2);
    expect(await likers(database)).toEqual([]);
    expect(await database.run('select price from property where id = ?', [property])).toEqual([
      { price: 100 },
    ]);
  });
});

describeWith('database-server', 'a database server that was frozen', () => {
  it('does not run likes that got a 503', async () => {
    const server = await KillableServer.start();
    try {
      const frozen = await TestDatabase.create({ server: server.config });
      await start(frozen);
      property = await addProperty(frozen);
      const others = await connections(frozen);
      const likes = await Promise.all([like(users[0]!), like(users[1]!)]);
      expect(likes.map(({ status }) => status)).toEqual([201, 201]);
      const open = (await connections(frozen)).filter((id) => !others.includes(id));
      expect(open).toHaveLength(POOL);
      await server.freeze();
      const answers = await Promise.all(
        users.map((user, i) => (i < 2 ? send('DELETE', '/like', user) : like(user))),
      );
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      server.thaw();
      // Their connections end after the statements that they took.
      await until(async () => (await connections(frozen)).every((id) => !open.includes(id)));
      expect(await likers(frozen)).toEqual(users.slice(0, 2));
      await until(async () => (await like(users[2]!)).status === 201);
      await app.close();
      await frozen.close();
    } finally {
      server.thaw();
      await server.stop();
    }
  }, 120_000);
});
