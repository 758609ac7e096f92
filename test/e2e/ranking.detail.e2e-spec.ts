import { describe, expect, it } from '@jest/globals';
import { ask, walk } from '../support/client.js';
import { addProperties, addProperty } from '../support/factories.js';
import { addLikes, naive, updateRanking } from '../support/ranking.js';
import {
  DAY,
  HOUR,
  explain,
  like,
  newCity,
  staff,
  staffNow,
  useRanking,
  userIds,
} from '../support/ranking-suite.js';
import { app, database } from '../support/suite.js';

useRanking();

describe('GET /v1/ranking/properties/:id', () => {
  it('returns terms that add up exactly to the score, a change that equals the difference from a week ago, and a series of 90 days', async () => {
    const city = newCity();
    const [propertyId, better] = await addProperties(database, [{ city }, { city }]);
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
    await like(propertyId!, ages, now);
    await like(
      better!,
      // One second ago is still today, except in the first second after midnight.
      Array.from({ length: 20 }, () => 1_000),
    );
    // In the last week, the users unliked two older likes and one new like.
    const [x, y, z] = userIds.slice(30) as [number, number, number];
    for (const [userId, likedAgo, unlikedAgo] of [
      [x, 10 * DAY, DAY],
      [y, 40 * DAY, 3 * DAY],
      [z, 5 * DAY, 4 * DAY],
    ] as const) {
      await addLikes(database, [{ propertyId: propertyId!, userId, at: naive(now - likedAgo) }]);
      await database.run('delete from property_likes where property_id = ? and user_id = ?', [
        propertyId,
        userId,
      ]);
      await database.run(
        "insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', ?)",
        [propertyId, userId, naive(now - unlikedAgo)],
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
      const { status, body } = await explain(propertyId!, query);
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
    const trending = (await explain(propertyId!)).body;
    expect([trending.by, trending.window, trending.likes.window]).toEqual(['trending', '7d', 4]);
    expect(trending.terms).toMatchObject([
      { label: 'today', fromDays: 0, toDays: 0, likes: 1 },
      { label: '1-6 days ago', fromDays: 1, toDays: 6, likes: 3 },
      { label: '7-29 days ago', fromDays: 7, toDays: 29, likes: 3 },
      { label: '30-89 days ago', fromDays: 30, toDays: 89, likes: 3 },
      { label: '365 days ago or more', fromDays: 365, toDays: null, likes: 1 },
    ]);
    const expectedTakenBack = -(2 ** (-3 / 7)) - 2 ** (-33 / 7);
    expect(trending.change.takenBack).toBeCloseTo(expectedTakenBack, 4);
  });

  it('explains a property that the same users liked and unliked hundreds of times', async () => {
    const [propertyId] = await addProperties(database, [{ city: newCity() }]);
    const start = Date.now() - 2 * DAY;
    await database.run(
      `insert into like_event (property_id, user_id, action, at) values ${Array(3_000).fill('(?, ?, ?, ?)').join(', ')}`,
      Array.from({ length: 3_000 }, (_, i) => [
        propertyId,
        userIds[i % 10],
        i % 20 < 10 ? 'liked' : 'unliked',
        naive(start + i * 1_000),
      ]).flat(),
    );
    expect(await explain(propertyId!)).toMatchObject({ status: 200, body: { likes: { total: 0 } } });
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

describe('GET /v1/properties?sort=popular', () => {
  it('lists properties by popularity, higher id first among equals, unliked ones last, each property on exactly one page', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 7 }, () => ({ city })),
    );
    const at = naive(Date.now() - 3 * DAY);
    await addLikes(database, [
      { propertyId: propertyIds[1]!, userId: userIds[0]!, at },
      { propertyId: propertyIds[4]!, userId: userIds[0]!, at },
      { propertyId: propertyIds[2]!, userId: userIds[0]!, at },
      { propertyId: propertyIds[2]!, userId: userIds[1]!, at },
      { propertyId: propertyIds[5]!, userId: userIds[1]!, at: naive(Date.now() - 60 * DAY) },
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
