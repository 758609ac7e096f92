import { expect, it } from '@jest/globals';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties, addStatus } from '../support/factories.js';
import { currentLikes, expectRanking, expectRebuilt, startUpdater } from '../support/ranking.js';
import { app, connect, database, useApp } from '../support/suite.js';

const ROUNDS = 40;
const USERS = 12;

useApp();

// A named lock belongs to one server, so at a failover two processes can believe that they hold it.
it('two workers of each kind without their locks write each like event once, and the ranking is right', async () => {
  const ids = await addProperties(
    database,
    Array.from({ length: 8 }, () => ({})),
  );
  const userIds = await addUsers(
    database,
    Array.from({ length: USERS }, (_, i) => `user-${i}`),
  );
  await addUsers(database, ['sonia'], { isStaff: true });
  const callers = await Promise.all(userIds.slice(0, 4).map((_, i) => signIn(app, `user-${i}`)));
  const other = await connect();

  const loaded = new AbortController();
  /** Repeats a step as a worker does, and once more after the load. */
  const work = async (step: () => Promise<unknown>): Promise<void> => {
    while (!loaded.signal.aborted) await step();
    await step();
  };
  const syncs = await Promise.all([app.resolve(LegacySync), app.resolve(LegacySync)]);
  for (const sync of syncs) await sync.start();
  const updaters = [await startUpdater(database), await startUpdater(database)];
  const running = [
    ...syncs.map((sync) => work(() => sync.step({ late: true, sweeps: true }))),
    ...updaters.map((updater) => work(() => updater.step())),
  ];

  for (let round = 0; round < ROUNDS; round++) {
    const id = ids[round % ids.length]!;
    // Another program likes and unlikes without like events, and changes the status.
    const likes = userIds.slice(4).map((userId) => `(${id}, ${userId}, utc_timestamp())`);
    await other.run(
      `insert ignore into property_likes (property_id, user_id, created_at) values ${likes.join(', ')}`,
    );
    await other.run(`delete from property_likes where property_id = ? and user_id > ? and user_id % 3 = ?`, [
      ids[(round * 3) % ids.length],
      userIds[3],
      round % 3,
    ]);
    await addStatus(other, id, round % 2 ? 'en_venta' : 'pre_venta', `2026-05-01 10:00:${10 + round}`);
    for (const [i, headers] of callers.entries())
      await ask(app, `/v1/properties/${id}/like`, { method: (round + i) % 3 ? 'PUT' : 'DELETE', headers });
  }
  loaded.abort();
  await Promise.all(running);
  for (const sync of syncs) await sync.step({ late: true, sweeps: true });
  for (const updater of updaters) while (await updater.step());

  const events = await database.run<{ pair: string; action: string }>(
    "select concat(property_id, ' ', user_id) as pair, action from like_event order by id",
  );
  const standing = new Set(
    (
      await database.run<{ pair: string }>(
        "select concat(property_id, ' ', user_id) as pair from property_likes",
      )
    ).map(({ pair }) => pair),
  );
  for (const [pair, ofPair] of Map.groupBy(events, (event) => event.pair)) {
    const actions = ofPair.map(({ action }) => action);
    expect([pair, actions]).toEqual([pair, actions.map((_, i) => (i % 2 ? 'unliked' : 'liked'))]);
    expect([pair, actions.at(-1)]).toEqual([pair, standing.has(pair) ? 'liked' : 'unliked']);
  }
  await expectRanking(app, await signIn(app, 'sonia'), await currentLikes(database), ids);
  await expectRebuilt(database, app);
});
