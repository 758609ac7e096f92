import { beforeAll, describe, expect, it } from '@jest/globals';
import { EntityManager } from '@mikro-orm/mysql';
import { parse } from 'csv-parse/sync';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { RankingUpdater } from '../../src/ranking/worker/ranking-updater.js';
import { addUsers, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask, walk } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { TestDatabase } from '../support/database.js';
import { addProperties, addProperty, addStatus, derive } from '../support/factories.js';
import {
  addLikes,
  expectRanking,
  expectRebuilt,
  naive,
  type RankedItem,
  settle,
  standingLikes,
  updateRanking,
  walkRanking,
} from '../support/ranking.js';
import { app, database, useApp } from '../support/suite.js';
import { budget, until } from '../support/until.js';

type Headers = { authorization: string };

const USER_COUNT = 40;
const DAY = 86_400_000;
const HOUR = 3_600_000;

useApp();

let staff: Headers;
let ana: Headers;
let userIds: number[];

beforeAll(async () => {
  userIds = await addUsers(
    database,
    Array.from({ length: USER_COUNT }, (_, i) => `person-${i}`),
  );
  await addUsers(database, ['ana']);
  await addUsers(database, ['sonia'], { isStaff: true });
  [staff, ana] = [await signIn(app, 'sonia'), await signIn(app, 'ana')];
});

/** Adds one like per age (milliseconds before `now`), each by a different user. */
async function like(home: number, ages: readonly number[], now = Date.now()): Promise<void> {
  await addLikes(
    database,
    ages.map((age, i) => ({ home, person: userIds[i]!, at: naive(now - age) })),
  );
}
async function unlike(propertyId: number, userId: number): Promise<void> {
  await database.run('delete from property_likes where property_id = ? and user_id = ?', [
    propertyId,
    userId,
  ]);
  await database.run(
    "insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', ?)",
    [propertyId, userId, naive(Date.now())],
  );
}
const rank = (query: string, headers: Record<string, string> = staff) =>
  ask(app, `/v1/ranking/properties?${query}`, { headers });
const explain = (id: number, query = '') =>
  ask(app, `/v1/ranking/properties/${id}?${query}`, { headers: staff });
/** A staff token issued at the time of the test clock. */
const staffNow = async (): Promise<Headers> => {
  const [sonia] = await database.run<{ id: number }>("select id from auth_user where username = 'sonia'");
  return { authorization: `Bearer ${app.get(AccessTokens).issue(sonia!.id)}` };
};
const idsOf = (items: readonly RankedItem[]): number[] => items.map(({ property }) => property.id);

/** Each test uses its own city, which keeps the properties of other tests out of its lists. */
let cities = 0;
const newCity = (): string => `Ciudad ${String.fromCodePoint(65 + (cities % 26))}${cities++}`;

describe('GET /v1/ranking/properties', () => {
  it('returns 401 without a token and 403 to a user who is not staff', async () => {
    for (const path of ['properties', 'properties/1', 'properties.csv', 'cities']) {
      const [anonymous, other] = [
        await ask(app, `/v1/ranking/${path}`),
        await ask(app, `/v1/ranking/${path}`, { headers: ana }),
      ];
      expect([path, anonymous.status, other.status, other.body.type]).toEqual([
        path,
        401,
        403,
        'urn:problem:not-staff',
      ]);
    }
  });

  it('matches a plain count of the current likes, for every window and for trending, at any page size', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 24 }, () => ({ city })),
    );
    // Ages on both sides of every window boundary. Few distinct ages produce many ties.
    const ages = [0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 37, 89, 90, 96, 97, 364, 365, 372, 400].map(
      (day) => day * DAY,
    );
    for (const [n, home] of propertyIds.entries())
      await like(
        home,
        Array.from({ length: n % 6 }, (_, i) => ages[(n * 7 + i * 5) % ages.length]! + ((n + i) % 3) * HOUR),
      );
    await updateRanking(database);
    const query = `city=${encodeURIComponent(city)}`;
    for (const limit of [1, 3, 7, 100])
      await expectRanking(app, staff, await standingLikes(database), propertyIds, { query, limit });
  });

  it('breaks ties by higher like total, then by lower id, and stores mathematically equal scores as equal', async () => {
    const city = newCity();
    const [a, b, c, d] = await addProperties(database, [{ city }, { city }, { city }, { city }]);
    const at = Math.floor(Date.now() / 1_000) * 1_000 - 20 * DAY - 1_234_000;
    const add = (home: number, times: readonly number[]): Promise<void> =>
      addLikes(
        database,
        times.map((time, i) => ({ home, person: userIds[i]!, at: naive(time) })),
      );
    // Two likes that are one half-life older weigh as much as one like.
    await add(d!, [at + 7 * DAY]);
    await add(c!, [at + 7 * DAY]);
    await add(b!, [at, at]);
    await add(a!, [at, at - 7 * DAY, at - 7 * DAY]);
    await updateRanking(database);
    const { items } = await walkRanking(app, `city=${encodeURIComponent(city)}`, staff);
    expect(idsOf(items)).toEqual([a, b, c, d]);
    expect(new Set(items.map(({ score }) => score)).size).toBe(1);
    const hot = await database.run('select distinct hot from ranking where property_id in (?)', [
      [a, b, c, d],
    ]);
    expect(hot).toHaveLength(1);
  });

  it('ranks the properties that match the filters, available ones by default, and omits properties without a score', async () => {
    const city = newCity();
    const sold = [['vendido', '2026-05-01 10:00:00']] as const;
    const propertyIds = await addProperties(database, [
      { city, property_type: 'house' },
      { city, property_type: 'lot' },
      { city, property_type: 'house', history: sold },
      { city, property_type: 'house', history: [['pre_venta', '2026-05-01 10:00:00']] },
      { city },
      { city: city.toUpperCase(), property_type: 'house', history: [['comprado', '2026-05-01 10:00:00']] },
    ]);
    for (const [i, home] of propertyIds.entries())
      if (i !== 4)
        await like(
          home,
          Array.from({ length: 6 - i }, () => HOUR),
        );
    await updateRanking(database);
    const [house, lot, old, soon] = propertyIds;
    const here = `by=likes&city=${encodeURIComponent(city.toLowerCase())}`;
    const ranked = async (filter: string): Promise<unknown[]> => {
      const { items } = await walkRanking(app, `${here}${filter}`, staff);
      return items.map((item) => [item.rank, item.property.id]);
    };
    expect(await ranked('')).toEqual([
      [1, house],
      [2, lot],
      [3, soon],
    ]);
    expect(await ranked('&availability=sold')).toEqual([[1, old]]);
    expect(await ranked('&status=vendido&status=pre_venta')).toEqual([
      [1, old],
      [2, soon],
    ]);
    expect(await ranked('&propertyType=house')).toEqual([
      [1, house],
      [2, soon],
    ]);
    expect(await ranked('&propertyType=house&propertyType=lot&status=en_venta')).toEqual([
      [1, house],
      [2, lot],
    ]);
    expect(await ranked('&city=nowhere&propertyType=farm')).toEqual([]);
  });

  it('returns as previousRank the rank of seven days ago, computed from the current likes', async () => {
    const city = newCity();
    const [riser, faller, fresh, back] = await addProperties(database, [
      { city },
      { city },
      { city },
      { city },
    ]);
    await like(faller!, [8 * DAY, 9 * DAY, 10 * DAY]);
    await like(riser!, [9 * DAY, DAY, DAY, DAY, DAY]);
    await like(fresh!, [HOUR, HOUR]);
    await like(back!, [8 * DAY, 8 * DAY, 8 * DAY, 8 * DAY]);
    // Unliked likes count neither in the rank nor in the previous rank.
    await database.run('delete from property_likes where property_id = ?', [back]);
    await database.run(
      "insert into like_event (property_id, user_id, action, at) select property_id, user_id, 'unliked', now() from like_event where property_id = ?",
      [back],
    );
    await updateRanking(database);
    const { items } = await walkRanking(app, `by=likes&window=all&city=${encodeURIComponent(city)}`, staff);
    expect(items.map((item) => [item.rank, item.property.id, item.previousRank])).toEqual([
      [1, riser, 2],
      [2, faller, 1],
      [3, fresh, null],
    ]);
  });

  it('removes a hidden property at once, and restores its likes when it is visible again', async () => {
    const city = newCity();
    const propertyIds = await addProperties(database, [{ city }, { city }, { city }]);
    for (const home of propertyIds) await like(home, [HOUR]);
    const updater = await updateRanking(database);
    const ranked = async (query: string): Promise<unknown[]> => {
      const { items } = await walkRanking(app, `${query}&city=${encodeURIComponent(city)}`, staff);
      return items.map((item) => [item.rank, item.property.id]);
    };
    await addStatus(database, propertyIds[0]!, 'comprado', '2026-11-01 00:00:00');
    await derive(database, [propertyIds[0]!]);
    // The updater has not run yet.
    expect(await ranked('by=trending')).toEqual([
      [1, propertyIds[1]],
      [2, propertyIds[2]],
    ]);
    expect((await explain(propertyIds[0]!)).status).toBe(404);
    await updater.step();
    expect(await ranked('by=trending')).toEqual([
      [1, propertyIds[1]],
      [2, propertyIds[2]],
    ]);
    await addStatus(database, propertyIds[0]!, 'vendido', '2026-11-02 00:00:00');
    await derive(database, [propertyIds[0]!]);
    await updater.step();
    expect(await ranked('by=likes&availability=sold')).toEqual([[1, propertyIds[0]]]);
  });

  it('reads all pages as of one instant: later likes and unlikes change no rank and no previous rank', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 9 }, () => ({ city })),
    );
    const elsewhere = await addProperties(database, [{ city: newCity() }, { city: newCity() }]);
    const start = Date.now();
    setClock(start);
    // Some likes become a week old while the test reads the pages.
    for (const [i, home] of [...propertyIds, ...elsewhere].entries())
      await like(home, [
        ...Array.from({ length: 1 + (i % 3) }, () => 2 * DAY),
        ...Array.from({ length: i % 4 }, () => 9 * DAY),
        7 * DAY - (i + 1) * 1_000,
      ]);
    await updateRanking(database);
    const list = `by=likes&city=${encodeURIComponent(city)}`;
    const before = await walkRanking(app, list, staff);
    const seen: RankedItem[] = [];
    const asOf = new Set<string>();
    try {
      for (let cursor = ''; ;) {
        const { body } = await rank(`${list}&limit=2${cursor && `&cursor=${cursor}`}`);
        seen.push(...body.items);
        asOf.add(body.asOf);
        cursor = body.page.nextCursor;
        if (cursor === null) break;
        // Changes properties before and after the cursor, and in another city. The first change falls in the same second as the first page.
        setClock(start + 100 + Math.max(0, seen.length - 2) * 1_000);
        await unlike(propertyIds[(seen.length * 2 + 1) % 9]!, userIds[0]!);
        await unlike(propertyIds[(seen.length * 5 + 3) % 9]!, userIds[1]!);
        await addLikes(
          database,
          userIds.slice(18 + 2 * seen.length, 22 + 2 * seen.length).flatMap((person) =>
            [propertyIds[(seen.length * 4) % 9]!, ...elsewhere].map((home) => ({
              home,
              person,
              at: naive(Date.now()),
            })),
          ),
        );
        await updateRanking(database);
      }
    } finally {
      realClock();
    }
    expect(asOf.size).toBe(1);
    const places = (items: readonly RankedItem[]): unknown[] =>
      items.map((item) => [item.rank, item.property.id, item.likes, item.previousRank]);
    expect(places(seen)).toEqual(places(before.items));
    expect(new Set(before.items.map(({ previousRank }) => previousRank)).size).toBeGreaterThan(4);
  });

  it('moves the windows of all properties at once after midnight, and answers as of the end of the previous day until then', async () => {
    const city = newCity();
    const propertyIds = await addProperties(database, [{ city }, { city }, { city }]);
    // Not the next midnight: the hour before it may have passed already, and other tests have likes dated tomorrow.
    const midnight = Math.ceil(Date.now() / DAY) * DAY + 2 * DAY;
    const list = `by=likes&window=1d&city=${encodeURIComponent(city)}`;
    const readList = async (): Promise<unknown[]> => {
      const { body } = await rank(list, await staffNow());
      return [body.asOf, idsOf(body.items)];
    };
    try {
      setClock(midnight - HOUR);
      for (const home of propertyIds) await like(home, [HOUR]);
      const updater = await updateRanking(database);
      setClock(midnight + 1_000);
      // This like is dated today.
      await addLikes(database, [{ home: propertyIds[2]!, person: userIds[9]!, at: naive(midnight) }]);
      expect(await readList()).toEqual([new Date(midnight - 1).toISOString(), propertyIds]);
      await settle(updater);
      expect(await readList()).toEqual([new Date(midnight + 1_000).toISOString(), [propertyIds[2]]]);
      await expectRanking(app, await staffNow(), await standingLikes(database), propertyIds, {
        query: `city=${encodeURIComponent(city)}`,
      });
    } finally {
      realClock();
    }
    await updateRanking(database);
  });

  it('returns 400 for a cursor from yesterday’s windows and for a cursor older than one hour', async () => {
    const city = newCity();
    const propertyIds = await addProperties(database, [{ city }, { city }]);
    const evening = Math.ceil(Date.now() / DAY) * DAY + 2 * DAY - HOUR / 2;
    try {
      setClock(evening);
      for (const home of propertyIds) await like(home, [HOUR]);
      await updateRanking(database);
      const next = async (list: string): Promise<(later: number) => Promise<unknown>> => {
        const url = `${list}&limit=1&city=${encodeURIComponent(city)}`;
        const { body } = await rank(url, await staffNow());
        return async (later) => {
          setClock(evening + later);
          await updateRanking(database);
          const answer = await rank(`${url}&cursor=${body.page.nextCursor}`, await staffNow());
          return answer.body.errors?.[0].message ?? answer.status;
        };
      };
      const [week, trending] = [await next('by=likes&window=7d'), await next('by=trending')];
      expect([await week(1_000), await trending(1_000)]).toEqual([200, 200]);
      const tooOld = 'is too old: begin with the first page again';
      expect([await week(0.75 * HOUR), await trending(0.75 * HOUR)]).toEqual([tooOld, 200]);
      expect(await trending(1.1 * HOUR)).toBe(tooOld);
    } finally {
      realClock();
    }
    await updateRanking(database);
  });

  it('returns 400 with every invalid parameter, and 400 for a cursor of another list', async () => {
    const answer = await rank('by=views&window=2d&status=comprado&availability=sold&limit=0&q=casa');
    expect([answer.status, answer.body.errors.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['by', 'window', 'status', 'limit', 'q'],
    ]);
    const both = await rank('status=vendido&availability=sold');
    expect([both.status, both.body.errors]).toEqual([
      400,
      [{ field: 'status', message: 'cannot be given together with availability' }],
    ]);
    const { body } = await rank('by=likes&window=all&limit=1');
    const { nextCursor: cursor } = body.page;
    expect(cursor).toEqual(expect.any(String));
    expect((await rank(`by=likes&window=all&limit=1&cursor=${cursor}`)).status).toBe(200);
    for (const other of ['by=likes&window=90d', 'by=trending', 'by=likes&window=all&availability=sold'])
      expect((await rank(`${other}&cursor=${cursor}`)).status).toBe(400);
    expect((await rank(`by=likes&window=all&cursor=${cursor.slice(0, -1)}`)).status).toBe(400);
  });
});

describe('GET /v1/ranking/properties/:id', () => {
  it('returns terms that add up exactly to the score, a change that equals the difference from a week ago, and a series of 90 days', async () => {
    const city = newCity();
    const [home, better] = await addProperties(database, [{ city }, { city }]);
    const ages = [
      0,
      DAY,
      2 * DAY,
      5 * DAY,
      8 * DAY,
      9 * DAY,
      20 * DAY,
      33 * DAY,
      36 * DAY,
      80 * DAY,
      400 * DAY,
    ];
    const now = Date.now();
    await like(home!, ages, now);
    await like(
      better!,
      // One second ago is still today, except in the first second after midnight.
      Array.from({ length: 20 }, () => 1_000),
    );
    // In the last week, the users unliked two older likes and one new like.
    const [x, y, z] = userIds.slice(30) as [number, number, number];
    for (const [person, likedAgo, unlikedAgo] of [
      [x, 10 * DAY, DAY],
      [y, 40 * DAY, 3 * DAY],
      [z, 5 * DAY, 4 * DAY],
    ] as const) {
      await addLikes(database, [{ home: home!, person, at: naive(now - likedAgo) }]);
      await database.run('delete from property_likes where property_id = ? and user_id = ?', [home, person]);
      await database.run(
        "insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', ?)",
        [home, person, naive(now - unlikedAgo)],
      );
    }
    await updateRanking(database);
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const likesWeekAgo = [...ages.filter((age) => age >= 7 * DAY), 10 * DAY, 40 * DAY].map(
      (age) => Math.floor((now - age) / 1_000) * 1_000,
    );
    for (const [query, length] of [
      ['by=trending', 7],
      ['by=likes&window=1d', 1],
      ['by=likes&window=7d', 7],
      ['by=likes', 30],
      ['by=likes&window=90d', 90],
      ['by=likes&window=365d', 365],
      ['by=likes&window=all', Infinity],
    ] as const) {
      const { status, body } = await explain(home!, query);
      expect([query, status, body.rank, body.city]).toEqual([
        query,
        200,
        expect.any(Number),
        { name: city, rank: 2, of: 2 },
      ]);
      expect(sum(body.terms.map(({ score }: { score: number }) => score))).toBe(body.score);
      for (const { likes, weight, score } of body.terms) expect(likes * weight).toBeCloseTo(score, 12);
      const asOf = Date.parse(body.asOf);
      const then = asOf - 7 * DAY;
      const scoreThen = query.startsWith('by=likes')
        ? likesWeekAgo.filter((time) => Math.floor(time / DAY) > Math.floor(then / DAY) - length).length
        : sum(likesWeekAgo.map((time) => 2 ** (-(then - time) / (7 * DAY))));
      const { gained, takenBack, aged } = body.change;
      expect([query, gained + takenBack + aged]).toEqual([query, expect.closeTo(body.score - scoreThen, 9)]);
      expect([gained >= 0, takenBack <= 0, aged <= 0]).toEqual([true, true, true]);
      expect(body.likes.total).toBe(ages.length);
      expect(body.series).toHaveLength(90);
      expect(body.series.at(-1)).toEqual({ date: body.asOf.slice(0, 10), likes: 1, unlikes: 0 });
      const counted = body.series as { likes: number; unlikes: number }[];
      // Within 90 days: ten of the eleven current likes, and the three unliked likes.
      expect([sum(counted.map(({ likes }) => likes)), sum(counted.map(({ unlikes }) => unlikes))]).toEqual([
        13, 3,
      ]);
    }
    const trending = (await explain(home!)).body;
    expect([trending.by, trending.window, trending.likes.window]).toEqual(['trending', '7d', 4]);
    expect(
      trending.terms.map(({ label, likes }: { label: string; likes: number }) => [label, likes]),
    ).toEqual([
      ['today', 1],
      ['1-6 days ago', 3],
      ['7-29 days ago', 3],
      ['30-89 days ago', 3],
      ['365 days ago or more', 1],
    ]);
    const expectedTakenBack = -(2 ** (-3 / 7)) - 2 ** (-33 / 7);
    expect(trending.change.takenBack).toBeCloseTo(expectedTakenBack, 4);
  });

  it('explains a property that the same users liked and unliked hundreds of times', async () => {
    const [home] = await addProperties(database, [{ city: newCity() }]);
    const start = Date.now() - 2 * DAY;
    await database.run(
      `insert into like_event (property_id, user_id, action, at) values ${Array(3_000).fill('(?, ?, ?, ?)').join(', ')}`,
      Array.from({ length: 3_000 }, (_, i) => [
        home,
        userIds[i % 10],
        i % 20 < 10 ? 'liked' : 'unliked',
        naive(start + i * 1_000),
      ]).flat(),
    );
    expect(await explain(home!)).toMatchObject({ status: 200, body: { likes: { total: 0 } } });
  });

  it('returns no rank for a property without likes, no city rank without a city, and 404 for a hidden or unknown property', async () => {
    const bare = await addProperty(database, { city: '' });
    const { status, body } = await explain(bare);
    expect([status, body.rank, body.previousRank, body.city, body.score, body.terms]).toEqual([
      200,
      null,
      null,
      null,
      0,
      [],
    ]);
    expect(body.change).toEqual({ gained: 0, takenBack: 0, aged: 0 });
    const hidden = await addProperty(database, { history: [['comprado', '2026-01-01 00:00:00']] });
    expect((await explain(hidden)).status).toBe(404);
    expect((await explain(2_147_483_647)).status).toBe(404);
    expect((await explain(0)).status).toBe(400);
  });
});

describe('GET /v1/ranking/series', () => {
  it('returns for each visible property the same days as its detail', async () => {
    const city = newCity();
    const [liked, quiet, hidden] = await addProperties(database, [
      { city },
      { city },
      { city, history: [['comprando', '2026-05-01 10:00:00']] },
    ]);
    await like(liked!, [HOUR, 3 * DAY, 200 * DAY]);
    await updateRanking(database);
    const ids = [liked, quiet, hidden, 999_999].map((id) => `propertyId=${id}`).join('&');
    const { status, body } = await ask(app, `/v1/ranking/series?${ids}`, { headers: await staffNow() });
    const detail = await ask(app, `/v1/ranking/properties/${liked}`, { headers: await staffNow() });
    expect([status, body.items[0]]).toEqual([200, { propertyId: liked, series: detail.body.series }]);
    expect(body.items.map(({ propertyId }: { propertyId: number }) => propertyId)).toEqual([liked, quiet]);
    expect(body.items[1].series).toHaveLength(90);
    expect((await ask(app, '/v1/ranking/series', { headers: await staffNow() })).body.items).toEqual([]);
  });
});

describe('GET /v1/ranking/cities', () => {
  it('counts the likes of available and sold properties per city, highest first, and names the top property of each city', async () => {
    const [one, two] = [newCity(), newCity()];
    const [a, b] = await addProperties(database, [
      { city: one },
      { city: one.toUpperCase(), history: [['vendido', '2026-05-01 10:00:00']] },
      { city: one, history: [['comprado', '2026-05-01 10:00:00']] },
      { city: one },
      { city: two },
    ]);
    await like(a!, [HOUR, 40 * DAY]);
    await like(b!, [HOUR, HOUR]);
    await updateRanking(database);
    const { status, body } = await ask(app, '/v1/ranking/cities?window=7d', { headers: staff });
    expect(status).toBe(200);
    const counts = body.items.map(({ likes, city }: { likes: number; city: string }) => [likes, city]);
    expect(counts).toEqual(
      counts.toSorted((x: [number, string], y: [number, string]) => y[0] - x[0] || (x[1] < y[1] ? -1 : 1)),
    );
    const of = (city: string): unknown => body.items.find((item: { city: string }) => item.city === city);
    expect(of(one)).toEqual({
      city: one,
      visibleProperties: 3,
      likes: 3,
      likesPerProperty: 1,
      topProperty: expect.objectContaining({ id: b, availability: 'sold' }),
    });
    expect(of(two)).toEqual({
      city: two,
      visibleProperties: 1,
      likes: 0,
      likesPerProperty: 0,
      topProperty: null,
    });
    expect(of('')).toBeUndefined();
  });
});

const DANGEROUS = [
  'Calle 1\n=cmd|A0',
  'Calle 1\r=cmd|A0',
  'Calle 1\r\n+cmd|A0',
  'x;=cmd|A0',
  'x; @cmd',
  '\t=cmd|A0',
  '@cmd',
];

describe('GET /v1/ranking/properties.csv', () => {
  it('exports the whole list as RFC 4180 CSV without spreadsheet formulas', async () => {
    const city = `=${newCity()}`;
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 120 }, (_, i) => ({
        city,
        address:
          i === 0
            ? '=HYPERLINK("http://x")'
            : i === 1
              ? 'Calle 1, "apto" 2'
              : (DANGEROUS[i - 3] ?? 'Calle 1'),
        price: i === 2 ? 0 : 100,
      })),
    );
    await addLikes(
      database,
      propertyIds.flatMap((home, i) =>
        userIds.slice(0, 1 + (i % 5)).map((person) => ({ home, person, at: naive(Date.now() - 9 * DAY) })),
      ),
    );
    await updateRanking(database);
    const query = `by=likes&window=90d&city=${encodeURIComponent(city)}`;
    const { status, text, headers } = await ask(app, `/v1/ranking/properties.csv?${query}`, {
      headers: staff,
    });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'private, no-cache',
    ]);
    const lines = text.split('\r\n');
    expect(lines[0]).toBe(
      'rank,propertyId,score,likesWindow,likesTotal,previousRank,address,city,neighbourhood,price,currency,status',
    );
    expect(text.endsWith('\r\n')).toBe(true);
    // Parse like a reader that ends a record at any line break.
    const records = parse(text, { record_delimiter: ['\r\n', '\n', '\r'] });
    expect(records).toHaveLength(121);
    // Wherever a spreadsheet may start a cell, the cell must not start a formula.
    for (const cell of records.flat())
      for (const part of cell.split(/[;,\t\r\n]/)) expect(part).not.toMatch(/^[\s"]*[=+@-]\D/u);
    const { items } = await walkRanking(app, query, staff);
    expect(records.slice(1).map((record) => record.slice(0, 6))).toEqual(
      items.map(({ rank: place, score, likes, previousRank, property }) =>
        [place, property.id, score, likes.window, likes.total, previousRank].map(String),
      ),
    );
    const lineOf = (id: number): string => lines.find((line) => line.split(',')[1] === String(id))!;
    expect(lineOf(propertyIds[0]!)).toContain(`,"'=HYPERLINK(""http://x"")",'${city},,100,COP,en_venta`);
    expect(lineOf(propertyIds[1]!)).toContain(',"Calle 1, ""apto"" 2",');
    expect(lineOf(propertyIds[2]!)).toContain(`,'${city},,,COP,en_venta`);
  });

  it('exports for Spanish Excel with excel=true: byte order mark, semicolons, decimal commas, no formulas', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      ['Calle 1; "apto", 2 ñ', 'x,=cmd|A0', 'x, "@cmd', ...DANGEROUS].map((address) => ({ city, address })),
    );
    await addLikes(
      database,
      propertyIds.map((home) => ({ home, person: userIds[0]!, at: naive(Date.now() - 9 * DAY) })),
    );
    await updateRanking(database);
    const query = `by=trending&city=${city}`;
    const url = `/v1/ranking/properties.csv?${query}`;
    const { status, text, headers } = await ask(app, `${url}&excel=true`, { headers: staff });
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(text.split('\r\n')[0]).toBe(
      '\uFEFFrank;propertyId;score;likesWindow;likesTotal;previousRank;address;city;neighbourhood;price;currency;status',
    );
    const records = parse(text, {
      bom: true,
      delimiter: ';',
      columns: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as Record<string, string>[];
    const plain = parse((await ask(app, url, { headers: staff })).text, {
      columns: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as Record<string, string>[];
    expect(records).toHaveLength(propertyIds.length);
    expect(records.map(({ propertyId, rank: place }) => [propertyId, place])).toEqual(
      plain.map(({ propertyId, rank: place }) => [propertyId, place]),
    );
    for (const { score } of records) expect(score).toMatch(/^0,\d+$/);
    expect(records.find(({ propertyId }) => propertyId === String(propertyIds[0]))).toMatchObject({
      address: 'Calle 1; "apto", 2 ñ',
      price: '100000000',
    });
    for (const cell of records.flatMap((record) => Object.values(record)))
      for (const part of cell.split(/[;,\t\r\n]/)) expect(part).not.toMatch(/^[\s"]*[=+@-]\D/u);
    const off = await ask(app, `${url}&excel=false`, { headers: staff });
    expect(off.text.startsWith('rank,propertyId,')).toBe(true);
    expect((await ask(app, `${url}&excel=1`, { headers: staff })).status).toBe(400);
    expect((await ask(app, '/v1/ranking/properties?excel=true', { headers: staff })).status).toBe(400);
  });

  it('returns 406 when the Accept header does not match, and 400 for paging parameters', async () => {
    const asJson = { ...staff, accept: 'application/json' };
    expect((await ask(app, '/v1/ranking/properties.csv', { headers: asJson })).status).toBe(406);
    expect(
      (await ask(app, '/v1/ranking/properties.csv', { headers: { ...staff, accept: 'text/csv' } })).status,
    ).toBe(200);
    expect((await ask(app, '/v1/ranking/properties.csv?limit=5', { headers: staff })).status).toBe(400);
    expect(
      (await ask(app, '/v1/ranking/properties', { headers: { ...staff, accept: 'text/csv' } })).status,
    ).toBe(406);
  });
});

describe('GET /v1/properties?sort=popular', () => {
  it('lists properties by popularity, higher id first among equals, unliked ones last, each property on exactly one page', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 7 }, () => ({ city })),
    );
    const at = naive(Date.now() - 3 * DAY);
    await addLikes(database, [
      { home: propertyIds[1]!, person: userIds[0]!, at },
      { home: propertyIds[4]!, person: userIds[0]!, at },
      { home: propertyIds[2]!, person: userIds[0]!, at },
      { home: propertyIds[2]!, person: userIds[1]!, at },
      { home: propertyIds[5]!, person: userIds[1]!, at: naive(Date.now() - 60 * DAY) },
    ]);
    await updateRanking(database);
    const expected = [2, 4, 1, 5, 6, 3, 0].map((i) => propertyIds[i]!);
    for (const limit of [1, 2, 3, 100])
      expect(
        await walk(app, `/v1/properties?sort=popular&limit=${limit}&city=${encodeURIComponent(city)}`),
      ).toEqual(expected);
    const { body } = await ask(
      app,
      `/v1/properties?sort=popular&availability=available&minPrice=1&city=${encodeURIComponent(city)}`,
    );
    expect(body.items.map(({ id }: { id: number }) => id)).toEqual(expected);
  });
});

describe('the updater', () => {
  it('skips properties locked by another program, ranks the others at once, and ranks the skipped ones later, even after a restart', async () => {
    const city = newCity();
    const [busy, home] = await addProperties(database, [{ city }, { city }]);
    const updater = await updateRanking(database);
    const other = await TestDatabase.connect(database.config);
    try {
      await like(busy!, [HOUR]);
      await like(home!, [HOUR, HOUR]);
      await other.run('begin');
      await other.run('update property set price = 5 where id = ?', [busy]);
      const start = performance.now();
      for (let step = 0; step < 3; step++) await updater.step();
      // The updater waited for no lock.
      expect(performance.now() - start).toBeLessThan(budget(1_000));
      expect(idsOf((await rank(`city=${city}`)).body.items)).toEqual([home]);

      await other.run('rollback');
      await settle(updater);
      expect(idsOf((await rank(`city=${city}`)).body.items)).toEqual([home, busy]);

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

  it('continues while a long transaction deletes a property', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 4 }, () => ({ city })),
    );
    const [beside, gone, next, far] = propertyIds as [number, number, number, number];
    for (const id of [gone, next]) await like(id, [HOUR]);
    // The app's own connections have a short lock wait timeout.
    const updater = await RankingUpdater.start(app.get(EntityManager), { halfLifeDays: 7, zone: '+00:00' });
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
      expect(idsOf((await rank(`city=${city}`)).body.items)).not.toContain(gone);
      await expectRanking(app, staff, await standingLikes(database), [beside, next, far], {
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
      await expectRanking(app, staff, await standingLikes(database), propertyIds, { query, halfLifeDays });
    }
    expect(orders).toEqual([propertyIds, propertyIds.toReversed(), propertyIds]);
  });
});

describe('the ranking worker', () => {
  it('compares the ranking with the likes, corrects differences, logs the properties, and counts them in the metrics', async () => {
    const lines: string[] = [];
    const alone = await TestDatabase.create();
    const checked = await startApp(alone.config, { log: (line) => lines.push(line) });
    try {
      const propertyIds = await addProperties(alone, [{}, {}, {}]);
      const [person] = await addUsers(alone, ['ana']);
      await addLikes(
        alone,
        propertyIds.map((home) => ({ home, person: person!, at: naive(Date.now() - DAY) })),
      );
      await updateRanking(alone);
      await alone.run('update ranking set d30 = 9 where property_id = ?', [propertyIds[0]]);
      await alone.run('delete from ranking_day where property_id = ?', [propertyIds[2]]);
      checked.get(RankingWorker).start();
      await until(async () => /^ranking_drifted_homes_total 2$/m.test((await ask(checked, '/metrics')).text));
      expect(lines.join('')).toContain(
        `2 homes differed from their likes and were corrected, such as ${propertyIds[0]}, ${propertyIds[2]}`,
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
