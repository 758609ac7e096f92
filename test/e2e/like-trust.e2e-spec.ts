import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import {
  addLikes,
  currentLikes,
  expectRanking,
  expectRebuilt,
  naive,
  updateRanking,
} from '../support/ranking.js';
import {
  explain,
  HOUR,
  MINUTE,
  newCity,
  rank,
  staff,
  unlike,
  useRanking,
  userIds,
} from '../support/ranking-suite.js';
import { app, database } from '../support/suite.js';
import { expectedRules } from '../support/trust-oracle.js';

const LIMITS = { burstLikes: 3, newAccountHours: 72, groupAccounts: 0, likesPerMinute: 5 };
const BURST =
  'At least 3 accounts that were less than 72 hours old, or had not confirmed their email, liked the same property within 24 hours.';

useRanking();

let fresh: number[];
let propertyIds: number[];
let city: string;

beforeAll(async () => {
  // The app shares this object.
  Object.assign(database.config.likeTrust, LIMITS);
  fresh = await addUsers(
    database,
    Array.from({ length: 4 }, (_, i) => `fresh-${i}`),
    { joined: Array.from({ length: 4 }, () => naive(Date.now() - 5 * HOUR)) },
  );
  city = newCity();
  propertyIds = await addProperties(
    database,
    Array.from({ length: 3 }, () => ({ city })),
  );
  const [attacked, other] = propertyIds as [number, number];
  const old = (i: number, propertyId: number) => ({
    propertyId,
    userId: userIds[i]!,
    at: naive(Date.now() - HOUR),
  });
  await addLikes(database, [old(0, attacked), old(0, other), old(1, other)]);
  await updateRanking(database);
});

const decide = (id: number, trusted: boolean) =>
  ask(app, `/v1/ranking/trust/${id}`, {
    method: 'PUT',
    payload: JSON.stringify({ trusted }),
    headers: { ...staff, 'content-type': 'application/json' },
  });
const withdraw = (id: number) => ask(app, `/v1/ranking/trust/${id}`, { method: 'DELETE', headers: staff });
const listTrust = (query = '') => ask(app, `/v1/ranking/trust?${query}`, { headers: staff });
const likesOf = async (): Promise<unknown[]> => {
  const { body } = await rank(`by=likes&window=all&city=${city}`);
  return body.items.map((item: { property: { id: number }; likes: object }) => [
    item.property.id,
    item.likes,
  ]);
};

describe('likes of untrusted accounts', () => {
  it('count in the total, but in no score, rank and popularity', async () => {
    const [attacked, other, third] = propertyIds as [number, number, number];
    await addLikes(
      database,
      fresh
        .slice(0, 2)
        .map((userId, i) => ({ propertyId: attacked, userId, at: naive(Date.now() - (9 - i) * MINUTE) })),
    );
    await updateRanking(database);
    // Two new accounts are not yet a burst.
    expect(await likesOf()).toEqual([
      [attacked, { window: 3, total: 3, trusted: 3 }],
      [other, { window: 2, total: 2, trusted: 2 }],
    ]);
    await addLikes(database, [
      { propertyId: attacked, userId: fresh[2]!, at: naive(Date.now() - 5 * MINUTE) },
      { propertyId: third, userId: fresh[2]!, at: naive(Date.now() - 4 * MINUTE) },
    ]);
    await updateRanking(database);
    expect(await likesOf()).toEqual([
      [other, { window: 2, total: 2, trusted: 2 }],
      [attacked, { window: 1, total: 4, trusted: 1 }],
    ]);
    const { body } = await ask(app, `/v1/properties?sort=popular&city=${city}`);
    expect(body.items.map(({ id }: { id: number }) => id)).toEqual([other, attacked, third]);
    const count = await ask(app, `/v1/properties/${attacked}/likes`);
    expect(count.body.count).toBe(4);
  });

  it('are explained to staff by the rule that found their accounts', async () => {
    const { body } = await explain(propertyIds[0]!, 'by=likes&window=all');
    expect(body).toMatchObject({
      score: 1,
      likes: { window: 1, total: 4, trusted: 1 },
      untrusted: [{ reason: 'burst', explanation: BURST, likes: 3 }],
    });
    // A later like of such an account does not count either; its unlike takes nothing back.
    await addLikes(database, [{ propertyId: propertyIds[1]!, userId: fresh[0]!, at: naive(Date.now()) }]);
    await updateRanking(database);
    expect((await explain(propertyIds[1]!)).body).toMatchObject({ likes: { total: 3, trusted: 2 } });
    await unlike(propertyIds[1]!, fresh[0]!);
    await updateRanking(database);
    expect((await explain(propertyIds[1]!)).body).toMatchObject({
      likes: { total: 2, trusted: 2 },
      untrusted: [],
      change: { takenBack: 0 },
    });
  });
});

describe('/v1/ranking/trust', () => {
  it('lists the accounts, page by page, also those of one property', async () => {
    const first = await listTrust('limit=2');
    expect(first.status).toBe(200);
    const second = await listTrust(`limit=2&cursor=${first.body.page.nextCursor}`);
    const items = [...first.body.items, ...second.body.items];
    expect(items.map(({ userId }) => userId)).toEqual(fresh.slice(0, 3).toReversed());
    expect(items[0]).toEqual({
      userId: fresh[2],
      trusted: false,
      reason: 'burst',
      explanation: BURST,
      propertyId: propertyIds[0],
      at: expect.stringMatching(/Z$/),
      decision: null,
    });
    expect(second.body.page.nextCursor).toBeNull();
    const ofThird = await listTrust(`propertyId=${propertyIds[2]}`);
    expect(ofThird.body.items.map(({ userId }: { userId: number }) => userId)).toEqual([fresh[2]]);
    expect((await listTrust('trusted=true')).body.items).toEqual([]);
    expect((await listTrust(`cursor=${first.body.page.nextCursor}&trusted=true`)).status).toBe(400);
  });

  it('lets staff overrule a rule, distrust any account, and withdraw a decision', async () => {
    const [attacked, other] = propertyIds as [number, number];
    const decided = await decide(fresh[0]!, true);
    expect([decided.status, decided.body]).toMatchObject([
      200,
      {
        userId: fresh[0],
        trusted: true,
        reason: 'burst',
        decision: { trusted: true, by: expect.any(Number) },
      },
    ]);
    await decide(userIds[1]!, false);
    await updateRanking(database);
    expect(await likesOf()).toEqual([
      [attacked, { window: 2, total: 4, trusted: 2 }],
      [other, { window: 1, total: 2, trusted: 1 }],
    ]);
    expect((await explain(other)).body.untrusted).toMatchObject([{ reason: 'staff', likes: 1 }]);
    const rules = await expectedRules(database, LIMITS);
    const isTrusted = (id: number): boolean => id === fresh[0] || (id !== userIds[1] && !rules.has(id));
    await expectRanking(app, staff, await currentLikes(database, isTrusted), propertyIds, {
      query: `city=${city}`,
    });
    await expectRebuilt(database, app);

    expect([(await withdraw(fresh[0]!)).status, (await withdraw(userIds[1]!)).status]).toEqual([204, 204]);
    await updateRanking(database);
    expect(await likesOf()).toEqual([
      [other, { window: 2, total: 2, trusted: 2 }],
      [attacked, { window: 1, total: 4, trusted: 1 }],
    ]);
    expect((await listTrust()).body.items).toHaveLength(3);
  });

  it('answers 404 for a decision about nobody, and 401 and 403 to others than staff', async () => {
    expect((await decide(999_999, true)).body.type).toBe('urn:problem:account-not-found');
    expect((await withdraw(999_999)).status).toBe(204);
    expect((await ask(app, '/v1/ranking/trust')).status).toBe(401);
    const headers = await signIn(app, 'user-0');
    expect((await ask(app, '/v1/ranking/trust', { headers })).status).toBe(403);
  });
});

describe('the worker', () => {
  it('judges like events that an older version has read', async () => {
    await database.run('update account_trust set rule = null, event_id = null, applied_to = 0');
    await updateRanking(database);
    expect((await listTrust()).body.items).toEqual([]);
    await database.run('update ranking_state set judged_to = 0');
    await updateRanking(database);
    expect((await listTrust()).body.items).toHaveLength(3);
    await expectRebuilt(database, app);
  });

  it('moves the likes of an account in batches', async () => {
    const [userId] = (await addUsers(database, ['tireless'])) as [number];
    const many = await addProperties(
      database,
      Array.from({ length: 1_050 }, () => ({ city })),
    );
    for (let i = 0; i < many.length; i += 500)
      await addLikes(
        database,
        many.slice(i, i + 500).map((propertyId) => ({ propertyId, userId, at: naive(Date.now() - HOUR) })),
      );
    await updateRanking(database);
    const counts = async (): Promise<unknown> => {
      const rows = await database.run<{ trusted: string; untrusted: string }>(
        'select sum(total) as trusted, sum(untrusted) as untrusted from ranking where property_id >= ?',
        [many[0]],
      );
      return [Number(rows[0]!.trusted), Number(rows[0]!.untrusted)];
    };
    expect(await counts()).toEqual([0, 1_050]);
    await decide(userId, true);
    await updateRanking(database);
    expect(await counts()).toEqual([1_050, 0]);
  });

  it('judges an old account by whether its email was confirmed when it liked', async () => {
    const [attacked] = (await addProperties(database, [{ city: newCity() }])) as [number];
    const users = await addUsers(database, ['asked-0', 'asked-1', 'asked-2', 'confirmed']);
    const [first, second, third, confirmed] = users as [number, number, number, number];
    await database.run(
      'insert into account_confirmation values (?, null), (?, null), (?, null), (?, utc_timestamp() - interval 1 day)',
      users,
    );
    const like = (userId: number) => ({ propertyId: attacked, userId, at: naive(Date.now() - MINUTE) });
    await addLikes(database, [like(confirmed), like(first), like(second)]);
    await updateRanking(database);
    const untrusted = async (): Promise<unknown[]> =>
      (await listTrust(`propertyId=${attacked}`)).body.items.map(({ userId }: { userId: number }) => userId);
    expect(await untrusted()).toEqual([]);
    await addLikes(database, [like(third)]);
    await updateRanking(database);
    await database.run('update account_confirmation set confirmed_at = utc_timestamp() where user_id = ?', [
      third,
    ]);
    expect(new Set(await untrusted())).toEqual(new Set([first, second, third]));
    await expectRebuilt(database, app);
    expect(await untrusted()).toHaveLength(3);
  });
});
