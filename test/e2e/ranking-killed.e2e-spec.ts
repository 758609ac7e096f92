import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { expectRanking, expectRebuilt, currentLikes } from '../support/ranking.js';
import { app, database, useApp } from '../support/suite.js';
import { budget, until } from '../support/until.js';

const KILLS = 10;
const MAX_PAUSE_MS = 10_000;
/** The load likes these. The last property stays for untilAllEventsAreRead(). */
const LOADED_PROPERTIES = 30;

useApp();

/** Serves the likes; its ranking worker is not started. */
let propertyIds: number[];
let userIds: number[];
let staff: { authorization: string };

interface WorkerProcess extends Run {
  address: string;
}
let workers: WorkerProcess[];
const allRuns: Run[] = [];
let load: { stop: () => Promise<void>; longestPause: () => number; progress: () => number };

beforeAll(async () => {
  propertyIds = await addProperties(
    database,
    Array.from({ length: LOADED_PROPERTIES + 1 }, () => ({})),
  );
  userIds = await addUsers(
    database,
    Array.from({ length: 60 }, (_, i) => `user-${i}`),
  );
  await addUsers(database, ['sonia'], { isStaff: true });
  staff = await signIn(app, 'sonia');
});

beforeEach(async () => {
  workers = await Promise.all([startWorker(), startWorker()]);
  load = startLoad();
});
afterEach(async () => {
  await load.stop();
  for (const { child } of workers) child.kill('SIGKILL');
});

async function startWorker(): Promise<WorkerProcess> {
  const run = startProcess(database, { LOG_LEVEL: 'info' });
  allRuns.push(run);
  return { ...run, address: await listening(run) };
}

/** Users like and unlike at random while a watcher measures the longest time without a new ranking version. */
function startLoad(): typeof load {
  const stopped = new AbortController();
  const tokens = app.get(AccessTokens);
  const likes = userIds.map(async (userId) => {
    const headers = { authorization: `Bearer ${tokens.issue(userId)}` };
    while (!stopped.signal.aborted) {
      const propertyId = propertyIds[Math.floor(Math.random() ** 2 * LOADED_PROPERTIES)]!;
      const method = Math.random() < 0.6 ? 'PUT' : 'DELETE';
      await ask(app, `/v1/properties/${propertyId}/like`, { method, headers });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
    }
  });
  let [version, since, longest] = [-1, performance.now(), 0];
  const watch = (async () => {
    while (!stopped.signal.aborted) {
      const [row] = await database.run<{ version: number }>('select version from ranking_state');
      const now = performance.now();
      longest = Math.max(longest, now - since);
      if (row!.version !== version) [version, since] = [row!.version, now];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all([...likes, watch]);
    },
    longestPause: () => longest,
    progress: () => version,
  };
}

/** The index of the process whose ranking worker is active. */
async function findActive(): Promise<number> {
  let holder = -1;
  await until(async () => {
    const active = await Promise.all(
      workers.map(async ({ address }) => {
        const text = await (await fetch(`${address}/metrics`)).text();
        return /^ranking_consumer_active 1$/m.test(text);
      }),
    );
    holder = active.indexOf(true);
    return holder >= 0;
  });
  return holder;
}

async function expectProgress(): Promise<void> {
  const before = load.progress();
  await until(async () => load.progress() > before + 3);
}

/**
 * A new user likes the property that the load does not like; waits until the ranking counts it. The worker reads like events in
 * the order of their ids, so it has read those of the load by then. Sums can't tell: an unread like and an unread unlike
 * cancel out.
 */
async function untilAllEventsAreRead(): Promise<void> {
  const propertyId = propertyIds.at(-1)!;
  const [userId] = await addUsers(database, [randomUUID()]);
  const headers = { authorization: `Bearer ${app.get(AccessTokens).issue(userId!)}` };
  await ask(app, `/v1/properties/${propertyId}/like`, { method: 'PUT', headers });
  await until(async () => {
    const [row] = await database.run<{ isCounted: number }>(
      `select total = (select count(*) from property_likes l where l.property_id = r.property_id) as isCounted
        from ranking r where property_id = ?`,
      [propertyId],
    );
    return row?.isCounted === 1;
  });
}

async function expectNothingLost(): Promise<void> {
  await load.stop();
  // The self-check must not have repaired anything.
  for (const { output } of allRuns) expect(output()).not.toContain('differed from their likes');
  await untilAllEventsAreRead();
  await expectRanking(app, staff, await currentLikes(database), propertyIds);
  await expectRebuilt(database, app);
}

describe('two processes with a ranking worker', () => {
  it(`lose and duplicate no like event, and never pause for long, when the active one is killed with SIGKILL ${KILLS} times under load`, async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      await expectProgress();
      const holder = await findActive();
      workers[holder]!.child.kill('SIGKILL');
      workers[holder] = await startWorker();
    }
    await expectProgress();
    expect(load.longestPause()).toBeLessThan(budget(MAX_PAUSE_MS));
    await expectNothingLost();
  });

  it('hand over when the active one hangs, and stay correct when it resumes', async () => {
    await expectProgress();
    const holder = await findActive();
    workers[holder]!.child.kill('SIGSTOP');
    await expectProgress();
    expect(load.longestPause()).toBeLessThan(budget(MAX_PAUSE_MS));
    workers[holder]!.child.kill('SIGCONT');
    await expectProgress();
    expect(await findActive()).toBe(1 - holder);
    await expectNothingLost();
  });
});
