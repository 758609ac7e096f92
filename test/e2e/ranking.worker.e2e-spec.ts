import { describe, expect, it, jest } from '@jest/globals';
import { FailingSteps } from '../../src/background/failing-steps.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { ChangeFeed } from '../../src/ranking/worker/change-feed.js';
import { LikesReader } from '../../src/ranking/worker/likes-reader.js';
import { RankingCheckpoints } from '../../src/ranking/worker/ranking-checkpoint.js';
import { RankingRebuild } from '../../src/ranking/worker/ranking-rebuild.js';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { RankingWriter } from '../../src/ranking/worker/ranking-writer.js';
import { RankingUpdater } from '../../src/ranking/worker/ranking-updater.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty } from '../support/factories.js';
import {
  addLikes,
  expectRanking,
  expectRebuilt,
  naive,
  settle,
  startUpdater,
  currentLikes,
  updateRanking,
  walkRanking,
} from '../support/ranking.js';
import {
  DAY,
  HOUR,
  ana,
  idsOf,
  like,
  newCity,
  rank,
  staff,
  unlike,
  useRanking,
  userIds,
} from '../support/ranking-suite.js';
import { app, database } from '../support/suite.js';
import { budget, until } from '../support/until.js';

useRanking();

describe('the updater', () => {
  it('skips properties locked by another program, ranks the others at once, and ranks the skipped ones later, even after a restart', async () => {
    const city = newCity();
    const [busy, propertyId] = await addProperties(database, [{ city }, { city }]);
    const updater = await updateRanking(database);
    const other = await TestDatabase.connect(database.config);
    try {
      await like(busy!, [HOUR]);
      await like(propertyId!, [HOUR, HOUR]);
      await other.run('begin');
      await other.run('update property set price = 5 where id = ?', [busy]);
      const start = performance.now();
      for (let step = 0; step < 3; step++) await updater.step();
      // The updater waited for no lock.
      expect(performance.now() - start).toBeLessThan(budget(1_000));
      expect(idsOf((await rank(`city=${city}`)).body.items)).toEqual([propertyId]);

      await other.run('rollback');
      await settle(updater);
      expect(idsOf((await rank(`city=${city}`)).body.items)).toEqual([propertyId, busy]);

      await unlike(busy!, userIds[0]!);
      await other.run('begin');
      await other.run('update property set price = 6 where id = ?', [busy]);
      await updater.step();
      // A new updater has no memory of the skipped property.
      await other.run('rollback');
      await updateRanking(database);
      expect(idsOf((await rank(`city=${city}`)).body.items)).not.toContain(busy);
    } finally {
      await other.close();
    }
  });

  it('ranks likes before the changed properties of an import, and these in several short steps', async () => {
    const ids = await addProperties(
      database,
      Array.from({ length: 170 }, () => ({ city: newCity() })),
    );
    const at = naive(Date.now() - DAY);
    await addLikes(
      database,
      ids.map((propertyId) => ({ propertyId, userId: userIds[0]!, at })),
    );
    const updater = await updateRanking(database);
    await database.run('update search_state set version = version + 1');
    await database.run(
      `update property_search set property_type = 'lot', version = (select version from search_state) where property_id in (${ids.join(', ')})`,
    );
    const last = ids.at(-1)!;
    await addLikes(database, [{ propertyId: last, userId: userIds[1]!, at }]);
    // As on a busy disk: a batch takes longer than a step may take.
    const refresh = Reflect.get(RankingWriter.prototype, 'refresh');
    const slow = jest.spyOn(RankingWriter.prototype, 'refresh').mockImplementation(async function (
      this: RankingWriter,
      ...args
    ) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return refresh.apply(this, args);
    });
    const ranked = async () =>
      database.run<{ id: number; total: number }>(
        `select property_id as id, total from ranking where property_type = 'lot' order by property_id`,
      );
    try {
      expect((await updater.step())?.more).toBe(true);
      const first = await ranked();
      expect(first.at(-1)).toEqual({ id: last, total: 2 });
      expect(first.length).toBeLessThan(50);
    } finally {
      slow.mockRestore();
    }
    await settle(updater);
    expect((await ranked()).length).toBe(170);
  });

  it('sets aside a property whose likes take too long to read, reports it, ranks the others, and tries it again later', async () => {
    const city = newCity();
    const [slow, other] = (await addProperties(database, [{ city }, { city }])) as [number, number];
    const failingSteps = new FailingSteps(new MetricsRegistry());
    const updater = await startUpdater(database, 7, failingSteps);
    await settle(updater);
    // oxlint-disable-next-line typescript/unbound-method -- it is applied to the reader of each call
    const { read } = LikesReader.prototype;
    let attempts = 0;
    const reading = jest.spyOn(LikesReader.prototype, 'read').mockImplementation(function (
      this: LikesReader,
      ...args
    ) {
      if (!args[0].has(slow)) return read.apply(this, args);
      attempts++;
      return Promise.reject(Object.assign(new Error('interrupted'), { errno: 3024 }));
    });
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now');
    try {
      await like(slow, [HOUR, HOUR]);
      await like(other, [HOUR]);
      await settle(updater);
      expect(idsOf((await rank(`city=${city}`)).body.items)).toEqual([other]);
      expect(failingSteps.list()).toMatchObject([{ step: 'ranking of a property', failures: 1 }]);
      const before = attempts;
      await unlike(slow, userIds[0]!);
      await settle(updater);
      expect(attempts).toBe(before);

      reading.mockRestore();
      clock.mockImplementation(() => now() + 301_000);
      expect((await updater.step())?.drifted).toEqual([]);
      await settle(updater);
      expect(
        idsOf((await rank(`city=${city}`)).body.items).toSorted((a: number, b: number) => a - b),
      ).toEqual([slow, other]);
      expect(failingSteps.list()).toEqual([]);
    } finally {
      reading.mockRestore();
      clock.mockRestore();
    }
  });

  it('continues while a long transaction deletes a property', async () => {
    const city = newCity();
    // In a small table the server scans, and locks, every row of the history.
    await addProperties(
      database,
      Array.from({ length: 200 }, () => ({})),
    );
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 4 }, () => ({ city })),
    );
    const [beside, gone, next, far] = propertyIds as [number, number, number, number];
    for (const id of [gone, next]) await like(id, [HOUR]);
    // The app's own connections have a short lock wait timeout.
    const updater = await app.resolve(RankingUpdater);
    await updater.start();
    await settle(updater);
    const other = await TestDatabase.connect(database.config);
    try {
      await like(beside, [HOUR, HOUR]);
      await like(far, [HOUR, HOUR]);
      await other.run('begin');
      await other.run('delete from status_history where property_id = ?', [gone]);
      await other.run('delete from property where id = ?', [gone]);
      // The server may also hold gap locks around the property's days. The updater then skips the neighbour and ranks the rest in the next step.
      for (let step = 0; step < 2; step++) await updater.step();
      const ranked = await rank(`city=${city}`);
      expect(idsOf(ranked.body.items)).toContain(far);
      await other.run('commit');
      await settle(updater);
      // A delete by another program raises no version.
      await until(async () => !idsOf((await rank(`city=${city}`)).body.items).includes(gone));
      await expectRanking(app, staff, await currentLikes(database), [beside, next, far], {
        query: `city=${encodeURIComponent(city)}`,
      });
    } finally {
      await other.close();
    }
  });

  it('recomputes all scores when the half-life changes', async () => {
    const city = newCity();
    const propertyIds = await addProperties(database, [{ city }, { city }]);
    await like(propertyIds[0]!, [6 * DAY, 7 * DAY, 8 * DAY]);
    await like(propertyIds[1]!, [HOUR]);
    const query = `city=${encodeURIComponent(city)}`;
    const orders: number[][] = [];
    for (const halfLifeDays of [7, 1, 7]) {
      await updateRanking(database, halfLifeDays);
      const { items } = await walkRanking(app, query, staff);
      orders.push(idsOf(items));
      await expectRanking(app, staff, await currentLikes(database), propertyIds, { query, halfLifeDays });
    }
    expect(orders).toEqual([propertyIds, propertyIds.toReversed(), propertyIds]);
  });
});

describe('the rebuild command', () => {
  it.each([
    ['a worker begins a rebuild', 'rebuilt_to = 0'],
    ['an older program changes numbers', 'version = version + 1'],
  ])('leaves a rebuild to the worker when %s meanwhile', async (_, change) => {
    await addProperties(database, [{}, {}]);
    await updateRanking(database);
    const [checkpoints, feed] = [app.get(RankingCheckpoints), app.get(ChangeFeed)];
    const lock = checkpoints.lock.bind(checkpoints);
    const read = jest.spyOn(feed, 'findPropertyIds');
    const locked = jest.spyOn(checkpoints, 'lock').mockImplementation(async () => {
      // After the first batch.
      if (read.mock.calls.length === 1) await database.run(`update ranking_state set ${change}`);
      return lock();
    });
    await app.get(RankingRebuild).rebuild();
    locked.mockRestore();
    read.mockRestore();
    const state = () => database.run('select rebuilt_to from ranking_state');
    expect(await state()).toEqual([{ rebuilt_to: 0 }]);
    await updateRanking(database);
    expect(await state()).toEqual([{ rebuilt_to: null }]);
    await expectRebuilt(database, app);
  });
});

describe('the ranking worker', () => {
  it('compares the ranking with the likes, corrects differences, logs the properties, and counts them in the metrics', async () => {
    const lines: string[] = [];
    const alone = await TestDatabase.create();
    const checked = await startApp(alone.config, { log: (line) => lines.push(line) });
    try {
      const propertyIds = await addProperties(alone, [{}, {}, {}]);
      const [userId] = await addUsers(alone, ['ana']);
      await addLikes(
        alone,
        propertyIds.map((propertyId) => ({ propertyId, userId: userId!, at: naive(Date.now() - DAY) })),
      );
      await updateRanking(alone);
      // The set of even days and that of odd days.
      await alone.run('update ranking set d30 = 9, d30_odd = 9 where property_id = ?', [propertyIds[0]]);
      await alone.run('delete from ranking_day where property_id = ?', [propertyIds[2]]);
      checked.get(RankingWorker).start();
      await until(async () => /^ranking_drifted_homes_total 2$/m.test((await ask(checked, '/metrics')).text));
      expect(lines.join('')).toContain(
        `2 properties differed from their likes and were corrected, such as ${propertyIds[0]}, ${propertyIds[2]}`,
      );
      await expectRebuilt(alone, checked);
    } finally {
      await checked.close();
      await alone.drop();
    }
  });

  it('shows a like and an unlike within 2 seconds, and runs in only one of two processes', async () => {
    const second = await startApp(database.config);
    try {
      for (const one of [app, second]) one.get(RankingWorker).start();
      const city = newCity();
      const id = await addProperty(database, { city });
      const query = `by=likes&window=1d&city=${encodeURIComponent(city)}`;
      for (const [method, count] of [
        ['PUT', 1],
        ['DELETE', 0],
        ['PUT', 1],
      ] as const) {
        await ask(app, `/v1/properties/${id}/like`, { method, headers: ana });
        const start = performance.now();
        await until(async () => (await rank(query)).body.items.length === count);
        expect(performance.now() - start).toBeLessThan(budget(2_000));
      }
      const active = await Promise.all(
        [app, second].map(async (one) => {
          const { text } = await ask(one, '/metrics');
          return Number(/^ranking_consumer_active (\d)$/m.exec(text)![1]);
        }),
      );
      expect(active.toSorted((a, b) => a - b)).toEqual([0, 1]);
    } finally {
      await second.close();
    }
  });
});
