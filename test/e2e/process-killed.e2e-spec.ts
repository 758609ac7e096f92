import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { addProperties } from '../support/factories.js';
import { expectConsistentLikes } from '../support/likes.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

/** KILLS=50 runs the long version. */
const KILLS = Number(process.env.KILLS || 3);
const MAX_PAUSE_MS = 1_000;

useDatabase();

let run: Run;
let address: string;
let properties: number[];
let authorizations: string[];

async function restart(): Promise<void> {
  run = startProcess(database, { LOG_LEVEL: 'info' });
  address = await listening(run);
}

beforeAll(async () => {
  properties = await addProperties(
    database,
    Array.from({ length: 10 }, () => ({})),
  );
  const users = await addUsers(
    database,
    Array.from({ length: 20 }, (_, i) => `user-${i}`),
  );
  const app = await startApp(database.config);
  authorizations = users.map((user) => `Bearer ${app.get(AccessTokens).issue(user)}`);
  await app.close();
  await restart();
});
afterAll(async () => {
  run?.child.kill('SIGKILL');
  await run?.ended;
});

it(
  `a process killed at ${KILLS} random moments under load loses no answered like and counts none twice`,
  async () => {
    /** The last answered change of each pair; absent when the last request got no answer. */
    const answered = new Map<string, boolean>();
    const statuses: number[] = [];
    const over = new AbortController();
    const load = Promise.all(
      authorizations.map(async (authorization, user) => {
        for (let i = user; !over.signal.aborted; i++) {
          const property = properties[i % properties.length]!;
          const isLike = Math.floor(i / properties.length) % 3 !== 2;
          const method = isLike ? 'PUT' : 'DELETE';
          answered.delete(`${property} ${user}`);
          const url = `${address}/v1/properties/${property}/like`;
          const answer = await fetch(url, { method, headers: { authorization } }).catch(() => undefined);
          await answer?.arrayBuffer().catch(() => {});
          if (answer) statuses.push(answer.status);
          if (answer && answer.status < 300) answered.set(`${property} ${user}`, isLike);
          else await pause(20);
        }
      }),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      const before = statuses.length;
      await until(async () => statuses.length > before + 50);
      await pause(Math.random() * MAX_PAUSE_MS);
      run.child.kill('SIGKILL');
      await run.ended;
      await restart();
    }
    over.abort();
    await load;
    expect(statuses.filter((status) => ![200, 201, 204].includes(status))).toEqual([]);
    const rows = await database.run<{ pair: string }>(
      `select concat(property_id, ' ', username) as pair from property_likes join auth_user on auth_user.id = user_id`,
    );
    const standing = new Set(rows.map(({ pair }) => pair.replace('user-', '')));
    for (const [pair, isLiked] of answered) expect([pair, standing.has(pair)]).toEqual([pair, isLiked]);
    await expectConsistentLikes(database);
    // The workers of the last process have read all events.
    await until(async () => {
      const [row] = await database.run<{ differences: number }>(
        `select count(*) as differences from ranking r where total <> (select count(*) from property_likes l where l.property_id = r.property_id)`,
      );
      return Number(row!.differences) === 0;
    });
  },
  60_000 + KILLS * 30_000,
);
