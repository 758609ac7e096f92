import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';

const PEOPLE = 1_000;
const RANDOM_SECONDS = Number(process.env.RANDOM_SECONDS ?? 3);

let database: TestDatabase;
let app: NestFastifyApplication;
let headers: { authorization: string }[];

beforeAll(async () => {
  database = await TestDatabase.create();
  app = await startApp(database.config);
  const ids = await addUsers(
    database,
    Array.from({ length: PEOPLE }, (_, i) => `person-${i}`),
  );
  const tokens = app.get(AccessTokens);
  headers = await Promise.all(ids.map(async (id) => ({ authorization: `Bearer ${tokens.issue(id)}` })));
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const act = async (method: 'PUT' | 'DELETE', id: number, person: number): Promise<number> =>
  (await ask(app, `/v1/properties/${id}/like`, { method, headers: headers[person]! })).status;

const sorted = (statuses: readonly number[]): number[] => statuses.toSorted((a, b) => a - b);

/** How often a transaction had to be run again: the server gave it up in a deadlock, or it waited too long. */
async function retries(): Promise<number> {
  const { text } = await ask(app, '/metrics');
  return Number(/^database_transaction_retries_total (\d+)$/m.exec(text)![1]);
}

describe('many likes at once', () => {
  it('a thousand people like one home: a thousand 201, and a thousand likes', async () => {
    const id = await addProperty(database);
    const statuses = await Promise.all(headers.map((_, person) => act('PUT', id, person)));
    expect(statuses).toEqual(Array(PEOPLE).fill(201));
    expect((await ask(app, `/v1/properties/${id}/likes`)).body.count).toBe(PEOPLE);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
  });

  it('one person sends the same like a thousand times: one 201, one like, one fact', async () => {
    const id = await addProperty(database);
    const statuses = await Promise.all(Array.from({ length: 1_000 }, () => act('PUT', id, 0)));
    expect(sorted(statuses)).toEqual([...Array<number>(999).fill(200), 201]);
    const facts = await database.run('select action from like_event where property_id = ?', [id]);
    expect(facts).toEqual([{ action: 'liked' }]);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
  });

  it('people like and unlike at random, also the same home by the same person at once: nothing is lost or counted twice', async () => {
    const homes = await addProperties(
      database,
      Array.from({ length: 50 }, () => ({})),
    );
    const end = performance.now() + RANDOM_SECONDS * 1_000;
    const statuses = new Set<number>();
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        // A quarter of them are on two devices.
        const person = i % 150;
        while (performance.now() < end) {
          const home = homes[Math.floor(Math.random() * homes.length)]!;
          statuses.add(await act(Math.random() < 0.55 ? 'PUT' : 'DELETE', home, person));
        }
      }),
    );
    expect(sorted([...statuses])).toEqual([200, 201, 204]);
    await expectConsistentLikes(database);
    expect(await retries()).toBe(0);
    for (const home of homes) {
      const { body } = await ask(app, `/v1/properties/${home}/likes`);
      const [{ standing }] = (await database.run<{ standing: number }>(
        'select count(*) as standing from property_likes where property_id = ?',
        [home],
      )) as [{ standing: number }];
      expect(body.count).toBe(standing);
    }
  });
});
