import { beforeAll, describe, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { type Answer, ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

const PER_MINUTE = 60;
const PER_PAIR = 20;

useApp({ settings: { rateLimitLikesPerDay: 1_000 } });

let ids: number[];
let users: number[];

beforeAll(async () => {
  ids = await addProperties(
    database,
    Array.from({ length: PER_MINUTE + 1 }, () => ({})),
  );
  users = await addUsers(database, ['ana', 'luis', 'eva']);
});

const send = (method: string, user: number, property: number): Promise<Answer> =>
  ask(app, `/v1/properties/${property}/like`, {
    method,
    headers: { authorization: `Bearer ${app.get(AccessTokens).issue(user)}` },
  });

describe('likes and unlikes of a user', () => {
  it('of one property are limited to 20 changes a day, and repeats are no changes', async () => {
    const [user, , other] = users as [number, number, number];
    const [id, another] = ids as [number, number];
    for (let round = 0; round < PER_PAIR / 2; round++) {
      const answers = [];
      for (const method of ['PUT', 'PUT', 'DELETE']) answers.push(await send(method, user, id));
      expect(answers.map(({ status }) => status)).toEqual([201, 200, 204]);
    }
    const refused = await send('PUT', user, id);
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:problem:too-many-likes']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(80_000);
    expect((await send('PUT', user, another)).status).toBe(201);
    expect((await send('PUT', other, id)).status).toBe(201);
  });

  it('are limited to 60 a minute', async () => {
    const [, user] = users as [number, number];
    for (const id of ids.slice(0, PER_MINUTE)) expect((await send('PUT', user, id)).status).toBe(201);
    const refused = await send('PUT', user, ids[PER_MINUTE]!);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(await database.run('select count(*) as n from like_event where user_id = ?', [user])).toEqual([
      { n: PER_MINUTE },
    ]);
  });
});
