import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { expectRanking, expectRebuilt, standingLikes } from '../support/ranking.js';
import { budget, until } from '../support/until.js';

const KILLS = 10;
const LONGEST_MS = 10_000;

let database: TestDatabase;
/** Likes go to it; it does not keep the ranking. */
let app: NestFastifyApplication;
let homes: number[];
let people: number[];
let staff: { authorization: string };

interface Consumer extends Run {
  address: string;
}
let consumers: Consumer[];
const everStarted: Run[] = [];
let load: { stop: () => Promise<void>; longestPause: () => number; progress: () => number };

beforeAll(async () => {
  database = await TestDatabase.create();
  app = await startApp(database.config);
  homes = await addProperties(
    database,
    Array.from({ length: 30 }, () => ({})),
  );
  people = await addUsers(
    database,
    Array.from({ length: 60 }, (_, i) => `person-${i}`),
  );
  await addUsers(database, ['sonia'], { isStaff: true });
  staff = await signIn(app, 'sonia');
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

beforeEach(async () => {
  consumers = await Promise.all([startConsumer(), startConsumer()]);
  load = startLoad();
});
afterEach(async () => {
  await load.stop();
  for (const { child } of consumers) child.kill('SIGKILL');
});

async function startConsumer(): Promise<Consumer> {
  const run = startProcess(database, { LOG_LEVEL: 'info' });
  everStarted.push(run);
  return { ...run, address: await listening(run) };
}

/** People like and unlike at random, and somebody watches whether the ranking goes on. */
function startLoad(): typeof load {
  const over = new AbortController();
  const tokens = app.get(AccessTokens);
  const likes = people.map(async (person) => {
    const headers = { authorization: `Bearer ${tokens.issue(person)}` };
    while (!over.signal.aborted) {
      const home = homes[Math.floor(Math.random() ** 2 * homes.length)]!;
      const method = Math.random() < 0.6 ? 'PUT' : 'DELETE';
      await ask(app, `/v1/properties/${home}/like`, { method, headers });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
    }
  });
  let [version, since, longest] = [-1, performance.now(), 0];
  const watch = (async () => {
    while (!over.signal.aborted) {
      const [row] = await database.run<{ version: number }>('select version from ranking_state');
      const now = performance.now();
      longest = Math.max(longest, now - since);
      if (row!.version !== version) [version, since] = [row!.version, now];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await Promise.all([...likes, watch]);
    },
    longestPause: () => longest,
    progress: () => version,
  };
}

/** The process that keeps the ranking. */
async function findHolder(): Promise<number> {
  let holder = -1;
  await until(async () => {
    const active = await Promise.all(
      consumers.map(async ({ address }) => {
        const text = await (await fetch(`${address}/metrics`)).text();
        return /^ranking_consumer_active 1$/m.test(text);
      }),
    );
    holder = active.indexOf(true);
    return holder >= 0;
  });
  return holder;
}

async function goesOn(): Promise<void> {
  const before = load.progress();
  await until(async () => load.progress() > before + 3);
}

async function expectNothingLost(): Promise<void> {
  await load.stop();
  // Nor was anything lost that the self-check has found again.
  for (const { output } of everStarted) expect(output()).not.toContain('differed from their likes');
  await until(async () => {
    const [row] = await database.run<{ counted: number; standing: number }>(
      'select coalesce(sum(total), 0) as counted, (select count(*) from property_likes) as standing from ranking',
    );
    return Number(row!.counted) === row!.standing;
  });
  await expectRanking(app, staff, await standingLikes(database), homes);
  await expectRebuilt(database, app);
}

describe('two processes', () => {
  it(`the one that keeps the ranking killed with -9 under load, ${KILLS} times: no fact lost or doubled, no long pause`, async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      await goesOn();
      const holder = await findHolder();
      consumers[holder]!.child.kill('SIGKILL');
      consumers[holder] = await startConsumer();
    }
    await goesOn();
    expect(load.longestPause()).toBeLessThan(budget(LONGEST_MS));
    await expectNothingLost();
  });

  it('the one that keeps the ranking hangs: the other takes over, and what wakes up later does no harm', async () => {
    await goesOn();
    const holder = await findHolder();
    consumers[holder]!.child.kill('SIGSTOP');
    await goesOn();
    expect(load.longestPause()).toBeLessThan(budget(LONGEST_MS));
    consumers[holder]!.child.kill('SIGCONT');
    await goesOn();
    expect(await findHolder()).toBe(1 - holder);
    await expectNothingLost();
  });
});
