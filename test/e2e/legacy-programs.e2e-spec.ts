import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers, djangoHash, PASSWORD } from '../support/accounts.js';
import type { Answer } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { atEnd, connect, database, useDatabase } from '../support/suite.js';
import { budget } from '../support/until.js';

// With LEGACY_SECONDS=600 the test runs for ten minutes, and the transactions of the old programs stay open longer.
const SECONDS = Number(process.env.LEGACY_SECONDS ?? 20);
const OPEN_MS = SECONDS >= 60 ? 30_000 : 3_000;
const LIMIT_MS = 10_000;
const SWEEP_MS = 90_000;

useDatabase();

let staff: { authorization: string };
let users: number[];
let service: Run;
let address: string;
const began = performance.now();
/** The last answer of the service, for the error message. */
let lastAnswer = '';
/** When the service last began to answer. */
let upSince = 0;
const restarts: number[] = [];

const latencies: Record<string, number[]> = {};
/** The number of likes that the old programs wrote for each pair. */
const likesMade = new Map<string, number>();

beforeAll(async () => {
  users = await addUsers(
    database,
    Array.from({ length: 20 }, (_, i) => `user-${i}`),
  );
  // Many likes, so that a statement that names a property reads only the likes of that property. In a small table the server reads,
  // and locks, all rows.
  const crowd = await addUsers(
    database,
    Array.from({ length: 250 }, (_, i) => `crowd-${i}`),
  );
  const liked = await addProperties(
    database,
    Array.from({ length: 20 }, () => ({ city: 'Mitú' })),
  );
  await database.run(
    `insert into property_likes (property_id, user_id, created_at)
     select p.id, u.id, '2026-01-01' from property p join auth_user u where u.id >= ? and p.id in (?)`,
    [crowd[0], liked],
  );
  const [sonia] = await addUsers(database, ['sonia'], { isStaff: true });
  staff = bearer(sonia!);
  atEnd(() => service.child.kill('SIGKILL'));
  await start();
});

async function start(): Promise<void> {
  service = startProcess(database, { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_SIGN_IN_PER_MINUTE: '0' });
  address = await listening(service);
  upSince = performance.now();
}

const bearer = (id: number) => ({
  authorization: `Bearer ${new AccessTokens(database.config).issue(id)}`,
});

/** @returns null while the service does not answer */
async function get(path: string, headers = {}): Promise<Pick<Answer, 'status' | 'body'> | null> {
  try {
    const response = await fetch(address + path, { headers });
    lastAnswer = `${path}: ${response.status}`;
    return { status: response.status, body: await response.json() };
  } catch (error) {
    lastAnswer = `${path}: ${String(error)}`;
    return null;
  }
}

async function insertId(program: TestDatabase, statement: string, values: unknown[]): Promise<number> {
  await program.run(statement, values);
  const [row] = await program.run<{ id: number }>('select last_insert_id() as id');
  return row!.id;
}

/** Waits until a change shows. Fails when that takes too long after the change, or after the service began to answer again. */
async function expectShown(what: string, isShown: () => Promise<boolean>): Promise<void> {
  const madeAt = performance.now();
  for (;;) {
    if (await isShown()) break;
    const waited = performance.now() - Math.max(madeAt, upSince);
    if (waited > budget(LIMIT_MS) && upSince > 0)
      throw new Error(
        `${what} does not show after ${Math.round(waited)} ms, ${Math.round(performance.now() - began)} ms after the beginning, ${Math.round(performance.now() - upSince)} ms after the last start; ${lastAnswer}`,
      );
    await sleep(100);
  }
  (latencies[what] ??= []).push(performance.now() - Math.max(madeAt, upSince));
}

const statusIs = (id: number, name: string) => async (): Promise<boolean> => {
  const answer = await get(`/v1/properties/${id}`, staff);
  return answer?.body.status?.name === name;
};
const isListed = (id: number, query: string) => async (): Promise<boolean> => {
  const answer = await get(`/v1/properties?limit=100&${query}`);
  return answer?.body.items?.some((item: { id: number }) => item.id === id) ?? false;
};
const rankedLikes = async (id: number): Promise<number | undefined> =>
  (await get(`/v1/ranking/properties/${id}`, staff))?.body.likes?.total as number | undefined;

const isInHistory = async (user: number, property: number, at: string): Promise<boolean> => {
  const answer = await get('/v1/me/likes/history?limit=100', bearer(user));
  const items = (answer?.body.items ?? []) as { propertyId: number; action: string; at: string }[];
  const newest = items.find(({ propertyId }) => propertyId === property);
  return newest?.action === 'liked' && newest.at === `${at.replace(' ', 'T')}Z`;
};

const now = (): string => new Date().toISOString().slice(0, 19).replace('T', ' ');
const STATUS =
  'insert into status_history (property_id, status_id, update_date) select ?, id, ? from status where name = ?';

async function insertLike(program: TestDatabase, property: number, user: number, at: string): Promise<void> {
  await program.run('insert into property_likes (property_id, user_id, created_at) values (?, ?, ?)', [
    property,
    user,
    at,
  ]);
  countLike(property, user);
}

function countLike(property: number, user: number): void {
  const pair = `${property} ${user}`;
  likesMade.set(pair, (likesMade.get(pair) ?? 0) + 1);
}

async function newProperty(program: TestDatabase, city: string): Promise<number> {
  const id = await insertId(
    program,
    'insert into property (address, city, price, description, year) values (?, ?, ?, ?, ?)',
    ['Calle 1 # 2-3', city, 100_000_000, 'Casa', 1990],
  );
  await program.run(STATUS, [id, '2026-01-01 00:00:00', 'en_venta']);
  return id;
}

/** The Python service: properties, their prices and statuses. */
async function playPython(city: string, over: AbortSignal): Promise<void> {
  const program = await connect();
  let property = await newProperty(program, city);
  await expectShown('a new property', isListed(property, `city=${city}`));
  for (let n = 1; !over.aborted; n++) {
    const price = 200_000_000 + n;
    await program.run('update property set price = ? where id = ?', [price, property]);
    await expectShown('a price', isListed(property, `city=${city}&minPrice=${price}&maxPrice=${price}`));

    const name = n % 2 === 0 ? 'en_venta' : 'vendido';
    await program.run(STATUS, [property, now(), name]);
    await expectShown('a status', statusIs(property, name));

    await program.run(STATUS, [property, '2025-06-01 00:00:00', 'pre_venta']);
    await expectShown('a back-dated status', async () => {
      const { body } = (await get(`/v1/properties/${property}/status-history`)) ?? {};
      return body?.items?.at(-1)?.status.name === 'pre_venta' && (await statusIs(property, name)());
    });

    await program.run(STATUS, [property, now(), 'comprado']);
    await expectShown(
      'a property that is hidden',
      async () => (await get(`/v1/properties/${property}`))?.status === 404,
    );
    await sleep(1_000); // The next row must be the newest by date.
    await program.run(STATUS, [property, now(), 'en_venta']);
    await expectShown('a property that comes back', isListed(property, `city=${city}`));

    if (n % 3 === 0) {
      // The foreign keys require this order.
      await program.run('delete from status_history where property_id = ?', [property]);
      await program.run('delete from property where id = ?', [property]);
      await expectShown(
        'a deleted property',
        async () => (await get(`/v1/properties/${property}`, staff))?.status === 404,
      );
      property = await newProperty(program, city);
      await expectShown('a new property', isListed(property, `city=${city}`));
    }
  }
}

/** The Django site: users and their likes. */
async function playDjango(city: string, over: AbortSignal): Promise<void> {
  const program = await connect();
  const property = await newProperty(program, city);
  for (let n = 1; !over.aborted; n++) {
    const liked = users.slice(0, 3 + (n % 5)).map((user) => ({ user, at: now() }));
    for (const { user, at } of liked) await insertLike(program, property, user, at);
    await expectShown(
      'a count',
      async () => (await get(`/v1/properties/${property}/likes`))?.body.count === liked.length,
    );
    await expectShown('a like in the history', async () => {
      const told = await Promise.all(liked.map(({ user, at }) => isInHistory(user, property, at)));
      return told.every(Boolean);
    });
    // The sweep may not have removed the likes of the previous round yet.
    await expectShown(
      'a like in the ranking',
      async () => ((await rankedLikes(property)) ?? 0) >= liked.length,
    );

    await program.run('delete from property_likes where property_id = ?', [property]);
    await expectShown(
      'deleted likes in the count',
      async () => (await get(`/v1/properties/${property}/likes`))?.body.count === 0,
    );
    // The sweep removes them from the ranking; a like of the same user does so at once.
    await sleep(1_000);

    const username = `nueva-${city}-${n}`;
    await insertId(
      program,
      `insert into auth_user (password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
       values (?, null, 0, ?, '', '', ?, 0, 1, ?)`,
      [djangoHash(PASSWORD), username, `${username}@example.com`, now()],
    );
    await expectShown('a new user', async () => {
      const response = await fetch(`${address}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: PASSWORD }),
      }).catch(() => null);
      await response?.arrayBuffer();
      return response?.status === 200;
    });
  }
}

/** A program with long transactions. */
async function playSlow(city: string, over: AbortSignal): Promise<void> {
  const program = await connect();
  const property = await newProperty(program, city);
  for (let n = 0; !over.aborted; n++) {
    const user = users[n % users.length]!;
    const name = n % 2 === 0 ? 'vendido' : 'en_venta';
    await program.run('begin');
    await program.run(STATUS, [property, now(), name]);
    await program.run('update property set price = ? where id = ?', [300_000_000 + n, property]);
    await insertLike(program, property, user, now());
    await sleep(OPEN_MS, undefined, { signal: over }).catch(() => {});
    await program.run('commit');
    await expectShown('a status of a long transaction', statusIs(property, name));
    await expectShown(
      'a price of a long transaction',
      isListed(property, `city=${city}&minPrice=${300_000_000 + n}`),
    );
    await expectShown('a like of a long transaction', async () => (await rankedLikes(property)) === n + 1);
  }
}

/** Users of the service, who like and unlike a property during the test. */
async function playUsers(city: string, over: AbortSignal): Promise<void> {
  const program = await connect();
  const property = await newProperty(program, city);
  await expectShown('a new property', isListed(property, `city=${city}`));
  for (let n = 0; !over.aborted; n++) {
    const user = users[n % users.length]!;
    for (const method of ['PUT', 'DELETE', 'PUT']) {
      const response = await fetch(`${address}/v1/properties/${property}/like`, {
        method,
        headers: bearer(user),
      }).catch(() => null);
      await response?.arrayBuffer();
      await sleep(50);
    }
  }
}

/** Kills and restarts the service again and again. */
async function restartService(over: AbortSignal): Promise<void> {
  const every = Math.max(8_000, (SECONDS * 1000) / 5);
  for (;;) {
    await sleep(every, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    service.child.kill('SIGKILL');
    await service.ended;
    upSince = Infinity;
    await sleep(1_500);
    await start();
    restarts.push(upSince);
  }
}

describe('the old programs beside the service', () => {
  it(
    `for ${SECONDS} s: the service shows every change within ${LIMIT_MS / 1000} s, and loses or repeats none`,
    async () => {
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), SECONDS * 1000);
      const played = await Promise.allSettled([
        ...['Pasto', 'Ipiales'].map((city) => playPython(city, over.signal)),
        ...['Tumaco', 'Leticia'].map((city) => playDjango(city, over.signal)),
        playSlow('Yopal', over.signal),
        playUsers('Arauca', over.signal),
        restartService(over.signal),
      ]);
      clearTimeout(timer);
      over.abort();
      expect(played.filter(({ status }) => status === 'rejected')).toEqual([]);

      // The sweep finds deletions. It passes over these few properties quickly.
      const start = performance.now();
      for (;;) {
        const wrong = [...(await differences()), ...(await inconsistencies())];
        if (wrong.length === 0) break;
        if (performance.now() - start > budget(SWEEP_MS)) expect(wrong).toEqual([]);
        await sleep(500);
      }
      const events = await database.run<{ pair: string; times: number }>(
        "select concat(property_id, ' ', user_id) as pair, count(*) as times from like_event where action = 'liked' group by property_id, user_id",
      );
      // Likes sent to the service are not compared: a killed service may commit one without an answer.
      const times = new Map(events.map((event) => [event.pair, Number(event.times)]));
      expect([...likesMade.keys()].map((pair) => [pair, times.get(pair)])).toEqual([...likesMade]);
      if (process.env.LEGACY_SECONDS) process.stdout.write(summary());
    },
    SECONDS * 1000 + budget(SWEEP_MS) + 300_000,
  );
});

/** Describes how the like events differ from the standing likes. */
const inconsistencies = (): Promise<string[]> =>
  expectConsistentLikes(database).then(
    () => [],
    (error: Error) => [error.message],
  );

/** Describes how answers of the API differ from plain SQL on the old tables. */
async function differences(): Promise<string[]> {
  const counted = await database.run<{ id: number; likes: number; name: string }>(`
    select p.id, (select count(*) from property_likes l where l.property_id = p.id) as likes, (
      select s.name from status_history h join status s on s.id = h.status_id where h.property_id = p.id
      order by h.update_date desc, h.id desc limit 1
    ) as name from property p order by likes desc, p.id`);
  const available = counted.filter(({ name }) => name === 'en_venta' || name === 'pre_venta');
  const visible = counted.filter(({ name }) => ['en_venta', 'pre_venta', 'vendido'].includes(name));
  const list = await get('/v1/properties?limit=100&count=true');
  const facets = await get('/v1/properties/facets');
  const ranking = await get('/v1/ranking/properties?by=likes&window=all&limit=100', staff);
  const ids = (rows: readonly { id: number }[]): string =>
    rows
      .map(({ id }) => id)
      .toSorted((a, b) => a - b)
      .join();
  const told: [string, unknown, unknown][] = [
    ['list', ids(list?.body.items ?? []), ids(visible)],
    ['total', list?.body.page.total, visible.length],
    ['facets', facets?.body.total, visible.length],
    [
      'ranking',
      JSON.stringify(
        ranking?.body.items.map(
          ({ property, likes }: { property: { id: number }; likes: { total: number } }) => [
            property.id,
            likes.total,
          ],
        ),
      ),
      JSON.stringify(
        available.filter(({ likes }) => Number(likes) > 0).map(({ id, likes }) => [id, Number(likes)]),
      ),
    ],
  ];
  return told.flatMap(([what, is, should]) =>
    is === should ? [] : `${what}: ${String(is)} instead of ${String(should)}`,
  );
}

function summary(): string {
  const lines = Object.entries(latencies).map(([what, all]) => {
    const ordered = all.toSorted((a, b) => a - b).map((ms) => Math.round(ms));
    return `${what}: ${all.length} times, median ${ordered[all.length >> 1]} ms, longest ${ordered.at(-1)} ms`;
  });
  return [`restarts: ${restarts.length}`, ...lines].join('\n');
}
