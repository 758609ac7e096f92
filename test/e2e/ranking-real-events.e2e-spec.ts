import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { addUsers, signIn } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { describeWith, REAL_DATA } from '../support/optional.js';
import {
  addLikes,
  expectRanking,
  expectRebuilt,
  naive,
  currentLikes,
  walkRanking,
} from '../support/ranking.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

const FILE = `${REAL_DATA}events_deskdrop_2016_2017.csv.gz`;
const PROPERTIES_WITHOUT_LIKES = 258;

interface Event {
  timestamp: string;
  eventType: string;
  contentId: string;
  personId: string;
}

describeWith('real-data', 'the ranking of real likes from a company’s articles', () => {
  useApp();

  let propertyIds: number[];
  let staff: { authorization: string };

  // Follows the README of the data set: items in order of first like become properties in order of creation, each user
  // likes an item once, and the times are shifted to make the last like happen now.
  beforeAll(async () => {
    const events = parse<Event>(gunzipSync(readFileSync(FILE)), { columns: true })
      .filter(({ eventType }) => eventType === 'LIKE')
      .map((event) => ({ ...event, at: Number(event.timestamp) }))
      .toSorted((a, b) => a.at - b.at);
    const items = [...new Set(events.map(({ contentId }) => contentId))];
    const authors = [...new Set(events.map(({ personId }) => personId))];
    propertyIds = await addProperties(
      database,
      Array.from({ length: items.length + PROPERTIES_WITHOUT_LIKES }, (_, i) => ({
        city: i % 3 ? 'Bogotá' : 'Cali',
      })),
    );
    const userIds = await addUsers(
      database,
      authors.map((_, i) => `user-${i}`),
    );
    const shift = Math.floor(Date.now() / 1_000) - events.at(-1)!.at;
    const first = new Map(
      events.toReversed().map((event) => [`${event.contentId} ${event.personId}`, event]),
    );
    const likes = [...first.values()].map(({ contentId, personId, at }) => ({
      propertyId: propertyIds[items.indexOf(contentId)]!,
      userId: userIds[authors.indexOf(personId)]!,
      at: naive((at + shift) * 1_000),
    }));
    for (let start = 0; start < likes.length; start += 500)
      await addLikes(database, likes.slice(start, start + 500));
    await addUsers(database, ['sonia'], { isStaff: true });
    staff = await signIn(app, 'sonia');
    app.get(RankingWorker).start();
    await until(async () => {
      const [row] = await database.run<{ counted: string }>('select sum(total) as counted from ranking');
      return Number(row!.counted) === likes.length;
    });
  });

  it('counts every like', async () => {
    const { items } = await walkRanking(app, 'by=likes&window=all', staff);
    const likes = items.reduce((sum, item) => sum + item.likes.total, 0);
    expect([items.length, likes]).toEqual([1_742, 5_670]);
    // Nearly every property shares its count with others.
    expect(new Set(items.map((item) => item.likes.total)).size).toBeLessThan(40);
  });

  it('matches an independent script in every window and by trending, including the ranks of a week ago', async () => {
    await expectRanking(app, staff, await currentLikes(database), propertyIds);
    const inCali = propertyIds.filter((_, i) => i % 3 === 0);
    await expectRanking(app, staff, await currentLikes(database), inCali, { query: 'city=cali' });
  });

  it('matches independent SQL', async () => {
    for (const [query, days] of [
      ['by=trending', 0],
      ['by=likes&window=1d', 1],
      ['by=likes&window=7d', 7],
      ['by=likes', 30],
      ['by=likes&window=90d', 90],
      ['by=likes&window=365d', 365],
      ['by=likes&window=all', 100_000],
    ] as const) {
      const { asOf, items } = await walkRanking(app, query, staff);
      const at = asOf.replace('T', ' ').replace('Z', '');
      const score =
        days === 0
          ? `sum(pow(2, -timestampdiff(microsecond, created_at, '${at}') / 604800000000e0))`
          : `sum(created_at >= date('${at}') - interval ${days - 1} day)`;
      const rows = await database.run<{ id: number }>(
        `select id from (
          select property_id as id, ${score} as score, count(*) as total from property_likes
          where created_at <= '${at}' group by property_id
        ) counted where score > 0 order by round(log2(score), 9) desc, total desc, id`,
      );
      expect([query, items.map(({ property }) => property.id)]).toEqual([query, rows.map(({ id }) => id)]);
    }
  });

  it('equals a rebuild from scratch', async () => {
    await expectRebuilt(database, app);
  });
});
