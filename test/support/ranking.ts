import { expect } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FailingSteps } from '../../src/background/failing-steps.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { PriceLog } from '../../src/properties/search-index/price-log.js';
import { SearchWriter } from '../../src/properties/search-index/search-writer.js';
import { ChangeFeed } from '../../src/ranking/worker/change-feed.js';
import { LikesComparison } from '../../src/ranking/worker/likes-comparison.js';
import { LikesReader } from '../../src/ranking/worker/likes-reader.js';
import { StepPlanner } from '../../src/ranking/worker/plan-step.js';
import { RankingCheckpoints } from '../../src/ranking/worker/ranking-checkpoint.js';
import { RankingRebuild } from '../../src/ranking/worker/ranking-rebuild.js';
import { RankingUpdater } from '../../src/ranking/worker/ranking-updater.js';
import { windowSetOf } from '../../src/ranking/model/window-columns.js';
import { RankingWriter } from '../../src/ranking/worker/ranking-writer.js';
import { TrustEvidence } from '../../src/ranking/worker/trust-evidence.js';
import { TrustJudge } from '../../src/ranking/worker/trust-judge.js';
import { TrustMarks } from '../../src/ranking/worker/trust-marks.js';
import { TrustUpdater } from '../../src/ranking/worker/trust-updater.js';
import { ask } from './client.js';
import type { TestDatabase } from './database.js';
import { needsOwnApp } from './outside.js';
import {
  expectedPlaces,
  expectedPreviousRanks,
  type OracleLike,
  type OracleRanking,
} from './ranking-oracle.js';
import { budget } from './until.js';

/** A like to store, as a current like and as a like event; `at` is `YYYY-MM-DD hh:mm:ss` in the database's zone. */
export interface StoredLike {
  propertyId: number;
  userId: number;
  at: string;
}

export async function addLikes(database: TestDatabase, likes: readonly StoredLike[]): Promise<void> {
  if (likes.length === 0) return;
  const rows = likes.map(() => '(?, ?, ?)').join(', ');
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values ${rows}`,
    likes.flatMap(({ propertyId, userId, at }) => [propertyId, userId, at]),
  );
  await database.run(
    `insert into like_event (property_id, user_id, action, at) values ${rows.replaceAll('(?, ?, ?)', "(?, ?, 'liked', ?)")}`,
    likes.flatMap(({ propertyId, userId, at }) => [propertyId, userId, at]),
  );
}

/** Formats milliseconds since 1970 as `YYYY-MM-DD hh:mm:ss` in UTC. */
export const naive = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

/** Starts a new updater on the connections of the test. */
export async function startUpdater(
  { orm: { em }, config: shared }: TestDatabase,
  rankingHalfLifeDays = 7,
  failingSteps = new FailingSteps(new MetricsRegistry()),
): Promise<RankingUpdater> {
  needsOwnApp('a ranking without a worker beside it');
  const config = { ...shared, rankingHalfLifeDays };
  const feed = new ChangeFeed(em, config);
  const likes = new LikesReader(em, config);
  const writer = new RankingWriter(
    em,
    new LikesComparison(em, likes),
    new SearchWriter(em, new PriceLog(em)),
  );
  const checkpoints = new RankingCheckpoints(em, feed);
  const judge = new TrustJudge(new TrustEvidence(em, config), config);
  const trust = new TrustUpdater(feed, judge, new TrustMarks(em));
  const planner = new StepPlanner(feed, likes);
  const updater = new RankingUpdater(em, checkpoints, planner, feed, writer, trust, config, failingSteps);
  await updater.start();
  return updater;
}

/** Starts a new updater and runs it until it has nothing to do. */
export async function updateRanking(database: TestDatabase, halfLifeDays = 7): Promise<RankingUpdater> {
  const updater = await startUpdater(database, halfLifeDays);
  await settle(updater);
  return updater;
}

export async function settle(updater: RankingUpdater): Promise<void> {
  for (let more = true; more;) {
    const report = await updater.step();
    more = report !== null && (report.more || report.properties > 0);
  }
}

/** All stored ranking numbers that readers see now or after the next midnight, without the times when they were written. */
async function numbersIn(database: TestDatabase): Promise<unknown> {
  const [state] = await database.run<{ day: number; prepared: number }>(
    'select day, prepared_to is not null as prepared from ranking_state',
  );
  const days = state!.prepared ? [state!.day, state!.day + 1] : [state!.day];
  const windows = days.flatMap((day) => Object.values(windowSetOf(day)));
  const columns = `property_id, availability, city_key, status_id, property_type, country_scope, city_scope, hot, total, ${windows.join(', ')}`;
  const likeDays = await database.run<{ weight: number }>(
    'select * from ranking_day order by property_id, day',
  );
  return {
    accounts: await database.run('select * from account_trust order by user_id'),
    untrusted: await database.run('select * from untrusted_like order by property_id, user_id'),
    now: await database.run(`select ${columns}, untrusted, due_at from ranking order by property_id`),
    weekAgo: await database.run(`select ${columns} from ranking_week_ago order by property_id`),
    days: likeDays.map((row) => ({ ...row, weight: Number(row.weight.toPrecision(12)) })),
    popularity: await database.run(
      'select property_id, popularity from property_search where popularity is not null order by property_id',
    ),
  };
}

/** Expects the stored numbers to equal a rebuild over the existing rows and a rebuild from empty tables. */
export async function expectRebuilt(database: TestDatabase, app: NestFastifyApplication): Promise<void> {
  const kept = await numbersIn(database);
  const { corrected } = await app.get(RankingRebuild).rebuild();
  expect(await numbersIn(database)).toEqual(kept);
  expect(corrected).toBe(0);
  await deleteNumbers(database);
  await app.get(RankingRebuild).rebuild();
  expect(await numbersIn(database)).toEqual(kept);
}

export async function deleteNumbers(database: TestDatabase): Promise<void> {
  for (const table of ['ranking', 'ranking_week_ago', 'ranking_day', 'ranking_past'])
    await database.run(`delete from ${table}`);
  for (const table of ['untrusted_like', 'trust_change']) await database.run(`delete from ${table}`);
  await database.run('delete from account_trust where decision is null');
  await database.run('update account_trust set rule = null, event_id = null, applied_to = 0');
  await database.run('update property_search set popularity = null');
}

/** The current likes, read from a database whose zone is UTC. */
export async function currentLikes(
  database: TestDatabase,
  isTrusted: (userId: number) => boolean = () => true,
): Promise<OracleLike[]> {
  const rows = await database.run<{ propertyId: number; userId: number; at: string }>(
    'select property_id as propertyId, user_id as userId, created_at as at from property_likes',
  );
  return rows.map(({ propertyId, userId, at }) => ({
    propertyId,
    isTrusted: isTrusted(userId),
    at: Date.parse(`${at}Z`.replace(' ', 'T')) / 1_000,
  }));
}

const WINDOW_LENGTHS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365, all: Infinity } as const;

/** Every list, as a query string and as the oracle's input. */
const LISTS: readonly (readonly [query: string, ranking: Omit<OracleRanking, 'asOf'>])[] = [
  ['by=trending', { by: 'trending', days: 7 }],
  ...Object.entries(WINDOW_LENGTHS).map(
    ([window, days]) => [`by=likes&window=${window}`, { by: 'likes', days }] as const,
  ),
];

export interface RankedItem {
  rank: number;
  score: number;
  likes: { window: number; total: number; trusted: number };
  previousRank: number | null;
  property: { id: number };
}

/** Reads a whole list page by page. @throws Error on a failed page, or if `asOf` differs between pages. */
export async function walkRanking(
  app: NestFastifyApplication,
  query: string,
  headers: Record<string, string>,
  limit = 100,
): Promise<{ asOf: string; items: RankedItem[] }> {
  const items: RankedItem[] = [];
  let asOf = '';
  const url = `/v1/ranking/properties?${query}&limit=${limit}`;
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await ask(app, cursor ? `${url}&cursor=${cursor}` : url, { headers });
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.text}`);
    if (asOf && answer.body.asOf !== asOf) throw new Error('the pages have different values of asOf');
    asOf = answer.body.asOf;
    items.push(...answer.body.items);
    cursor = answer.body.page.nextCursor;
  }
  return { asOf, items };
}

/** Expects every list of the service to equal the list that the oracle computes from the current likes. */
export async function expectRanking(
  app: NestFastifyApplication,
  headers: Record<string, string>,
  likes: readonly OracleLike[],
  propertyIds: readonly number[],
  { query = 'availability=available', limit = 100, halfLifeDays = 7 } = {},
): Promise<void> {
  for (const [list, ranking] of LISTS) {
    const now = Date.now();
    const { asOf, items } = await walkRanking(app, `${list}&${query}`, headers, limit);
    expect(Date.parse(asOf)).toBeGreaterThan(now - budget(2_000));
    // After the clock was set back a little, asOf may be ahead of it.
    expect(Date.parse(asOf)).toBeLessThanOrEqual(Date.now() + 5_000);
    const at = { ...ranking, asOf: Date.parse(asOf), halfLifeDays };
    const expected = expectedPlaces(likes, propertyIds, at);
    const previous = expectedPreviousRanks(likes, propertyIds, at);
    expect([list, items.map(placeOf)]).toEqual([
      list,
      expected.map(({ id, window, total, trusted }, i) => [
        i + 1,
        id,
        window,
        total,
        trusted,
        previous.get(id) ?? null,
      ]),
    ]);
    for (const [i, { score }] of items.entries()) {
      const wanted = expected[i]!.score;
      expect([list, i, Math.abs(score - wanted) <= wanted * 1e-9]).toEqual([list, i, true]);
    }
  }
}

const placeOf = ({ rank, likes, previousRank, property }: RankedItem): unknown[] => [
  rank,
  property.id,
  likes.window,
  likes.total,
  likes.trusted,
  previousRank,
];
