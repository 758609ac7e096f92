import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperties } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { listening, startProcess } from '../support/process.js';
import { settle, startUpdater } from '../support/ranking.js';
import { app, database, useApp } from '../support/suite.js';

const HOUR_MS = 3_600_000;

useApp();

let properties: number[];
let users: number[];

beforeAll(async () => {
  properties = await addProperties(database, [{}, {}]);
  users = await addUsers(database, ['ana', 'beto'], { isStaff: true });
});
afterEach(realClock);

const send = (method: string, url: string, user: number) =>
  ask(app, url, { method, headers: { authorization: `Bearer ${app.get(AccessTokens).issue(user)}` } });

describe('the clock of the process jumps', () => {
  it.each([
    ['an hour back', -HOUR_MS],
    ['a day forward', 24 * HOUR_MS],
  ])('%s: no answer is a 5xx, each like counts once, and the ranking has all', async (_, jump) => {
    const updater = await startUpdater(database);
    for (const [i, user] of users.entries()) {
      const url = `/v1/properties/${properties[i]}/like`;
      await send('DELETE', url, user);
      expect((await send('PUT', url, user)).status).toBe(201);
    }
    await settle(updater);
    setClock(Date.now() + jump);
    const url = `/v1/properties/${properties[0]}/like`;
    expect((await send('PUT', url, users[0]!)).status).toBe(200);
    expect((await send('DELETE', url, users[0]!)).status).toBe(204);
    expect((await send('PUT', url, users[0]!)).status).toBe(201);
    for (const path of [
      '/v1/properties',
      '/v1/me/likes',
      '/v1/me/likes/history',
      '/v1/ranking/properties.csv',
    ])
      expect([path, (await send('GET', path, users[0]!)).status]).toEqual([path, 200]);
    await settle(updater);
    // A like that is later than the clock counts when the clock has reached it.
    if (jump < 0) realClock();
    await settle(updater);
    for (const by of ['trending', 'likes']) {
      const { status, body } = await send('GET', `/v1/ranking/properties?by=${by}&window=7d`, users[0]!);
      const totals = body.items.map(({ likes }: { likes: { total: number } }) => likes.total);
      expect([by, status, totals]).toEqual([by, 200, [1, 1]]);
    }
    await expectConsistentLikes(database);
  });
});

describe('the zone of the process', () => {
  it.each(['America/New_York', 'Pacific/Auckland'])(
    '%s: times in the hour that a DST change skips or repeats are answered as in UTC',
    async (TZ) => {
      const times = [
        '2026-03-08T02:30:00Z',
        '2026-11-01T01:30:00Z',
        '2026-09-27T02:30:00Z',
        '2026-04-05T02:30:00Z',
      ];
      const [id] = await addProperties(database, [
        { history: times.map((time) => ['en_venta', time.slice(0, -1).replace('T', ' ')] as const) },
      ]);
      const run = startProcess(database, { TZ });
      try {
        const answer = await fetch(`${await listening(run)}/v1/properties/${id}/status-history`);
        const { items } = (await answer.json()) as { items: { at: string }[] };
        expect(items.map(({ at }) => at).toSorted()).toEqual(times.toSorted());
      } finally {
        run.child.kill('SIGKILL');
        await run.ended;
      }
    },
  );
});
