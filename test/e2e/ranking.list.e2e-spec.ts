import { describe, expect, it } from '@jest/globals';
import { ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperties, addStatus, derive } from '../support/factories.js';
import { needsOwnApp } from '../support/outside.js';
import {
  addLikes,
  expectRanking,
  naive,
  type RankedItem,
  settle,
  currentLikes,
  updateRanking,
  walkRanking,
} from '../support/ranking.js';
import {
  DAY,
  HOUR,
  MINUTE,
  ana,
  explain,
  idsOf,
  like,
  newCity,
  rank,
  staff,
  staffNow,
  unlike,
  useRanking,
  userIds,
} from '../support/ranking-suite.js';
import { expectedPlaces } from '../support/ranking-oracle.js';
import { app, database } from '../support/suite.js';
import { until } from '../support/until.js';

useRanking();

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
    for (const [n, propertyId] of propertyIds.entries())
      await like(
        propertyId,
        Array.from({ length: n % 6 }, (_, i) => ages[(n * 7 + i * 5) % ages.length]! + ((n + i) % 3) * HOUR),
      );
    await updateRanking(database);
    const query = `city=${encodeURIComponent(city)}`;
    for (const limit of [1, 3, 7, 100])
      await expectRanking(app, staff, await currentLikes(database), propertyIds, { query, limit });
  });

  it('counts the whole list with count=true: each list as the oracle, on every page, only on request', async () => {
    const city = newCity();
    const sold = [['vendido', '2026-05-01 10:00:00']] as const;
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 12 }, (_, i) => ({
        city,
        property_type: i % 2 ? 'house' : 'lot',
        ...(i % 3 === 0 && { history: sold }),
      })),
    );
    for (const [i, propertyId] of propertyIds.entries())
      await like(propertyId, i === 11 ? [] : [i * 9 * DAY]);
    await updateRanking(database);
    const likes = await currentLikes(database);
    const countOf = async (query: string): Promise<number> =>
      (await rank(`city=${city}&limit=1&count=true&${query}`)).body.page.total;
    const available = propertyIds.filter((_, i) => i % 3 !== 0);
    for (const [window, days] of Object.entries({ '7d': 7, '30d': 30, '90d': 90, all: Infinity })) {
      const { length } = expectedPlaces(likes, available, { by: 'likes', days, asOf: Date.now() });
      expect([window, await countOf(`by=likes&window=${window}`)]).toEqual([window, length]);
    }
    expect(await countOf('by=trending')).toBe(7);
    expect(await countOf('availability=sold')).toBe(4);
    expect(await countOf('status=vendido&status=en_venta')).toBe(11);
    expect(await countOf('propertyType=house')).toBe(3);
    const { page } = (await rank(`city=${city}&limit=5`)).body;
    expect(page).toEqual({ limit: 5, nextCursor: expect.any(String) });
    const next = await rank(`city=${city}&limit=5&count=true&cursor=${page.nextCursor}`);
    expect(next.body.page).toEqual({ limit: 5, nextCursor: null, total: 7 });
    // The number follows the likes.
    await like(propertyIds[11]!, [HOUR]);
    await updateRanking(database);
    await until(async () => (await countOf('by=trending')) === 8);
  });

  it('breaks ties by higher like total, then by lower id, and stores mathematically equal scores as equal', async () => {
    const city = newCity();
    const [a, b, c, d] = await addProperties(database, [{ city }, { city }, { city }, { city }]);
    const at = Math.floor(Date.now() / 1_000) * 1_000 - 20 * DAY - 1_234_000;
    const add = (propertyId: number, times: readonly number[]): Promise<void> =>
      addLikes(
        database,
        times.map((time, i) => ({ propertyId, userId: userIds[i]!, at: naive(time) })),
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
    for (const [i, propertyId] of propertyIds.entries())
      if (i !== 4)
        await like(
          propertyId,
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

  it('returns the exact previousRank of properties that were far below the others seven days ago', async () => {
    const city = newCity();
    const [top, second, third, ...others] = await addProperties(
      database,
      Array.from({ length: 73 }, () => ({ city })),
    );
    await like(top!, [8 * DAY, ...Array<number>(4).fill(DAY)]);
    await like(second!, [8 * DAY, ...Array<number>(3).fill(DAY)]);
    await like(third!, [8 * DAY, 8 * DAY, 8 * DAY]);
    for (const id of others) await like(id, [8 * DAY, 8 * DAY]);
    await updateRanking(database);
    const { body } = await rank(`by=likes&window=all&limit=3&city=${encodeURIComponent(city)}`);
    const items = body.items as RankedItem[];
    expect(items.map((item) => [item.property.id, item.previousRank])).toEqual([
      [top, 72],
      [second, 73],
      [third, 1],
    ]);
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
    for (const propertyId of propertyIds) await like(propertyId, [HOUR]);
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
    for (const [i, propertyId] of [...propertyIds, ...elsewhere].entries())
      await like(propertyId, [
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
          userIds.slice(18 + 2 * seen.length, 22 + 2 * seen.length).flatMap((userId) =>
            [propertyIds[(seen.length * 4) % 9]!, ...elsewhere].map((propertyId) => ({
              propertyId,
              userId,
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

  it('shows a property once that was liked and unliked between two pages', async () => {
    const city = newCity();
    const propertyIds = await addProperties(database, [{ city }, { city }, { city }]);
    for (const propertyId of propertyIds) await like(propertyId, [HOUR]);
    await updateRanking(database);
    const list = `by=likes&city=${encodeURIComponent(city)}`;
    const { body: first } = await rank(`${list}&limit=1`);
    // One step reads the like and the unlike: only the like events of the day change.
    await addLikes(database, [{ propertyId: propertyIds[1]!, userId: userIds[9]!, at: naive(Date.now()) }]);
    await unlike(propertyIds[1]!, userIds[9]!);
    await updateRanking(database);
    const { body: second } = await rank(`${list}&cursor=${first.page.nextCursor}`);
    expect([first, second].flatMap(({ items }) => idsOf(items))).toEqual(propertyIds);
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
      for (const propertyId of propertyIds) await like(propertyId, [HOUR]);
      const updater = await updateRanking(database);
      setClock(midnight + 1_000);
      // This like is dated today.
      await addLikes(database, [{ propertyId: propertyIds[2]!, userId: userIds[9]!, at: naive(midnight) }]);
      expect(await readList()).toEqual([new Date(midnight - 1).toISOString(), propertyIds]);
      await settle(updater);
      expect(await readList()).toEqual([new Date(midnight + 1_000).toISOString(), [propertyIds[2]]]);
      await expectRanking(app, await staffNow(), await currentLikes(database), propertyIds, {
        query: `city=${encodeURIComponent(city)}`,
      });
    } finally {
      realClock();
    }
    await updateRanking(database);
  });

  it('prepares the windows of the next day before midnight, so that no row changes when the day ends', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 6 }, () => ({ city })),
    );
    const midnight = Math.ceil(Date.now() / DAY) * DAY + 2 * DAY;
    const query = `city=${encodeURIComponent(city)}`;
    const shown = async (): Promise<unknown[]> => {
      const { body } = await rank(`by=likes&window=7d&${query}`, await staffNow());
      return [body.asOf, idsOf(body.items)];
    };
    try {
      setClock(midnight - HOUR);
      // From the midnight, likes of this day and of the seventh day before are outside a window of `ranking` or of a week ago.
      for (const [i, propertyId] of propertyIds.entries())
        await like(
          propertyId,
          [HOUR, 6 * DAY, 7 * DAY - 2 * HOUR, 13 * DAY, 29 * DAY, 89 * DAY, 364 * DAY, 500 * DAY].slice(
            i % 4,
            8 - (i % 3),
          ),
        );
      const updater = await updateRanking(database);
      setClock(midnight - 10 * MINUTE);
      await settle(updater);
      // A like after the preparation, and one on the new day.
      setClock(midnight - 1_000);
      await addLikes(database, [
        { propertyId: propertyIds[4]!, userId: userIds[9]!, at: naive(midnight - 1_000) },
      ]);
      await settle(updater);
      setClock(midnight + 1_000);
      await addLikes(database, [{ propertyId: propertyIds[5]!, userId: userIds[9]!, at: naive(midnight) }]);
      const findVersions = () =>
        database.run('select version from ranking where property_id in (?) order by property_id', [
          propertyIds.slice(0, 5),
        ]);
      const before = await findVersions();
      // One step ends the day, and the next one counts the like of the new day.
      await updater.step();
      expect(await database.run('select day, prepared_to from ranking_state')).toEqual([
        { day: midnight / DAY, prepared_to: null },
      ]);
      await updater.step();
      expect(await findVersions()).toEqual(before);
      expect((await shown())[0]).toBe(new Date(midnight + 1_000).toISOString());
      await settle(updater);
      await expectRanking(app, await staffNow(), await currentLikes(database), propertyIds, { query });
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
      for (const propertyId of propertyIds) await like(propertyId, [HOUR]);
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
    needsOwnApp('the likes of the tests before');
    const { body } = await rank('by=likes&window=all&limit=1');
    const { nextCursor: cursor } = body.page;
    expect(cursor).toEqual(expect.any(String));
    expect((await rank(`by=likes&window=all&limit=1&cursor=${cursor}`)).status).toBe(200);
    for (const other of ['by=likes&window=90d', 'by=trending', 'by=likes&window=all&availability=sold'])
      expect((await rank(`${other}&cursor=${cursor}`)).status).toBe(400);
    expect((await rank(`by=likes&window=all&cursor=${cursor.slice(0, -1)}`)).status).toBe(400);
  });
});
