import { expect } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RankingRebuild } from '../../src/ranking/worker/ranking-rebuild.js';
import { RankingUpdater } from '../../src/ranking/worker/ranking-updater.js';
import { ask } from './client.js';
import type { TestDatabase } from './database.js';
import {
  expectedPlaces,
  expectedPreviousRanks,
  type OracleLike,
  type OracleRanking,
} from './ranking-oracle.js';
import { budget } from './until.js';

/** A like as it is stored: what stands, and the fact; `at` is naive, in the database's zone. */
export interface StoredLike {
  home: number;
  person: number;
  at: string;
}

export async function addLikes(database: TestDatabase, likes: readonly StoredLike[]): Promise<void> {
  if (likes.length === 0) return;
  const rows = likes.map(() => '(?, ?, ?)').join(', ');
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values ${rows}`,
    likes.flatMap(({ home, person, at }) => [home, person, at]),
  );
  await database.run(
    `insert into like_event (property_id, user_id, action, at) values ${rows.replaceAll('(?, ?, ?)', "(?, ?, 'liked', ?)")}`,
    likes.flatMap(({ home, person, at }) => [home, person, at]),
  );
}

export const naive = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

/** Runs an updater of its own until it has nothing to do. */
export async function updateRanking(database: TestDatabase, halfLifeDays = 7): Promise<RankingUpdater> {
  const { timezone: zone } = database.config.database;
  const updater = await RankingUpdater.start(database.orm.em, { halfLifeDays, zone });
  await settle(updater);
  return updater;
}

export async function settle(updater: RankingUpdater): Promise<void> {
  for (let more = true; more;) {
    const report = await updater.step();
    more = report !== null && (report.more || report.properties > 0);
  }
}

/** All numbers that are kept, but when they were written. */
async function numbersIn(database: TestDatabase): Promise<unknown> {
  const columns =
    'property_id, availability, city_key, status_id, property_type, hot, d1, d7, d30, d90, d365, total';
  const days = await database.run<{ weight: number }>('select * from ranking_day order by property_id, day');
  return {
    now: await database.run(`select ${columns}, due_at from ranking order by property_id`),
    weekAgo: await database.run(`select ${columns} from ranking_week_ago order by property_id`),
    days: days.map((row) => ({ ...row, weight: Number(row.weight.toPrecision(12)) })),
    popularity: await database.run(
      'select property_id, popularity from property_search where popularity is not null order by property_id',
    ),
  };
}

/** What is kept is what a rebuild makes, of what stands and from nothing. */
export async function expectRebuilt(database: TestDatabase, app: NestFastifyApplication): Promise<void> {
  const kept = await numbersIn(database);
  const { corrected } = await app.get(RankingRebuild).rebuild();
  expect(await numbersIn(database)).toEqual(kept);
  expect(corrected).toBe(0);
  await forgetNumbers(database);
  await app.get(RankingRebuild).rebuild();
  expect(await numbersIn(database)).toEqual(kept);
}

export async function forgetNumbers(database: TestDatabase): Promise<void> {
  for (const table of ['ranking', 'ranking_week_ago', 'ranking_day', 'ranking_past'])
    await database.run(`delete from ${table}`);
  await database.run('update property_search set popularity = null');
}

/** The likes that stand, in a database whose zone is UTC. */
export async function standingLikes(database: TestDatabase): Promise<OracleLike[]> {
  const rows = await database.run<{ home: number; at: string }>(
    'select property_id as home, created_at as at from property_likes',
  );
  return rows.map(({ home, at }) => ({ home, at: Date.parse(`${at}Z`.replace(' ', 'T')) / 1_000 }));
}

const WINDOW_LENGTHS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365, all: Infinity } as const;

/** Every list, as a query and as the oracle takes it. */
const LISTS: readonly (readonly [query: string, ranking: Omit<OracleRanking, 'asOf'>])[] = [
  ['by=trending', { by: 'trending', days: 7 }],
  ...Object.entries(WINDOW_LENGTHS).map(
    ([window, days]) => [`by=likes&window=${window}`, { by: 'likes', days }] as const,
  ),
];

export interface RankedItem {
  rank: number;
  score: number;
  likes: { window: number; total: number };
  previousRank: number | null;
  property: { id: number };
}

/** A whole list, page by page. */
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
    if (asOf && answer.body.asOf !== asOf) throw new Error('the pages are of different moments');
    asOf = answer.body.asOf;
    items.push(...answer.body.items);
    cursor = answer.body.page.nextCursor;
  }
  return { asOf, items };
}

/** Every list of the service is what the oracle makes of the likes that stand. */
export async function expectRanking(
  app: NestFastifyApplication,
  headers: Record<string, string>,
  likes: readonly OracleLike[],
  homes: readonly number[],
  { query = 'availability=available', limit = 100, halfLifeDays = 7 } = {},
): Promise<void> {
  for (const [list, ranking] of LISTS) {
    const now = Date.now();
    const { asOf, items } = await walkRanking(app, `${list}&${query}`, headers, limit);
    expect(Date.parse(asOf)).toBeGreaterThan(now - budget(2_000));
    // A clock that was set back by a little is waited for.
    expect(Date.parse(asOf)).toBeLessThanOrEqual(Date.now() + 5_000);
    const at = { ...ranking, asOf: Date.parse(asOf), halfLifeDays };
    const expected = expectedPlaces(likes, homes, at);
    const previous = expectedPreviousRanks(likes, homes, at);
    expect([list, items.map(placeOf)]).toEqual([
      list,
      expected.map(({ id, window, total }, i) => [i + 1, id, window, total, previous.get(id) ?? null]),
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
  previousRank,
];
