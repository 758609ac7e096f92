import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { RankingRebuild } from '../../src/ranking/worker/ranking-rebuild.js';
import { readConfig } from '../../src/config/config.js';
import { addUsers } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperties } from '../support/factories.js';
import { describeWith, REAL_DATA } from '../support/optional.js';
import { addLikes, naive, type StoredLike, updateRanking, walkRanking } from '../support/ranking.js';
import { randomFrom, RING_STYLES, type RingAccount } from '../support/rings.js';
import { app, database, useApp } from '../support/suite.js';

const FILE = `${REAL_DATA}events_deskdrop_2016_2017.csv.gz`;
const NOW = Date.UTC(2026, 10, 20, 18);
const RING_SIZE = 200;
const LISTS = ['by=trending', 'by=likes&window=7d', 'by=likes&window=30d', 'by=likes&window=all'];

interface Event {
  timestamp: string;
  eventType: string;
  contentId: string;
  personId: string;
}

describeWith('real-data', 'rings of 200 accounts among real likes', () => {
  useApp({
    prepare: async () => Object.assign(database.config.likeTrust, readConfig().likeTrust),
  });

  let propertyIds: number[];
  let realLikes: number;
  let before: Map<string, number[]>;

  // As in ranking-real-events: the last like happens now. An account is as old as its first event of any kind.
  beforeAll(async () => {
    setClock(NOW);
    const events = parse<Event>(gunzipSync(readFileSync(FILE)), { columns: true })
      .map((event) => ({ ...event, at: Number(event.timestamp) }))
      .toSorted((a, b) => a.at - b.at);
    const made = events.filter(({ eventType }) => eventType === 'LIKE');
    const shift = NOW / 1_000 - made.at(-1)!.at;
    const items = [...new Set(made.map(({ contentId }) => contentId))];
    const authors = [...new Set(made.map(({ personId }) => personId))];
    const joined = new Map(events.toReversed().map(({ personId, at }) => [personId, at]));
    propertyIds = await addProperties(
      database,
      Array.from({ length: items.length + 50 }, () => ({ city: 'Cali' })),
    );
    const userIds = await addUsers(
      database,
      authors.map((_, i) => `user-${i}`),
      { joined: authors.map((author) => naive((joined.get(author)! + shift) * 1_000)) },
    );
    const first = new Map(made.toReversed().map((event) => [`${event.contentId} ${event.personId}`, event]));
    const likes = [...first.values()]
      .toSorted((a, b) => a.at - b.at)
      .map(({ contentId, personId, at }) => ({
        propertyId: propertyIds[items.indexOf(contentId)]!,
        userId: userIds[authors.indexOf(personId)]!,
        at: naive((at + shift) * 1_000),
      }));
    await addInBatches(likes);
    realLikes = likes.length;
    await updateRanking(database);
    before = await readLists();
  });
  afterAll(realClock);

  it('less than 1 % of the real likes do not count', async () => {
    const [row] = await database.run<{ marked: number }>(
      'select coalesce(sum(untrusted), 0) as marked from ranking',
    );
    expect(Number(row!.marked)).toBeLessThan(realLikes / 100);
  });

  it.each(Object.entries(RING_STYLES).map(([style, makeRing], i) => ({ style, makeRing, seed: i + 1 })))(
    '$style: no property moves by more than 3 places, and the others keep their order',
    async ({ makeRing, seed }) => {
      const random = randomFrom(seed);
      const ranked = before.get('by=likes&window=all')!;
      // Each ring attacks another property: one with few likes, or one with none.
      const target = seed % 2 ? ranked[Math.floor((ranked.length * seed) / 5)]! : propertyIds.at(-seed)!;
      const others = propertyIds.filter((id) => id !== target);
      const start = Math.floor(random() * (others.length - 100));
      const ring = makeRing({
        target,
        others: others.slice(start, start + 100),
        size: RING_SIZE,
        now: NOW,
        random,
      });
      await addRing(`ring-${seed}`, ring);
      await updateRanking(database);
      const after = await readLists();
      for (const list of LISTS) {
        const [old, now] = [before.get(list)!, after.get(list)!];
        const rankOf = (ids: readonly number[]): number =>
          ids.includes(target) ? ids.indexOf(target) : ids.length;
        expect([list, Math.abs(rankOf(now) - rankOf(old)) <= 3]).toEqual([list, true]);
        const withoutTarget = (ids: readonly number[]): number[] => ids.filter((id) => id !== target);
        expect([list, withoutTarget(now)]).toEqual([list, withoutTarget(old)]);
      }
      const { body } = await ask(app, `/v1/ranking/properties/${target}`, { headers: await staff() });
      expect(body.likes.total - body.likes.trusted).toBe(RING_SIZE);
      expect(body.untrusted.reduce((sum: number, { likes }: { likes: number }) => sum + likes, 0)).toBe(
        RING_SIZE,
      );
    },
  );

  it('a rebuild finds the same accounts', async () => {
    const rows = () => database.run('select * from account_trust order by user_id');
    const found = await rows();
    await database.run('update ranking_state set judged_to = 0');
    expect(await app.get(RankingRebuild).rebuild()).toEqual({ properties: propertyIds.length, corrected: 0 });
    expect(await rows()).toEqual(found);
    // The worker does not judge them once more.
    expect(await database.run('select judged_to >= fact_id as judged from ranking_state')).toEqual([
      { judged: 1 },
    ]);
  });

  async function addRing(name: string, ring: readonly RingAccount[]): Promise<void> {
    const userIds = await addUsers(
      database,
      ring.map((_, i) => `${name}-${i}`),
      { joined: ring.map(({ joined }) => joined) },
    );
    const likes = ring.flatMap((account, i) =>
      account.likes.map((like) => ({ ...like, userId: userIds[i]! })),
    );
    await addInBatches(likes.toSorted((a, b) => (a.at < b.at ? -1 : 1)));
  }
});

async function addInBatches(likes: readonly StoredLike[]): Promise<void> {
  for (let start = 0; start < likes.length; start += 1_000)
    await addLikes(database, likes.slice(start, start + 1_000));
}

async function staff(): Promise<{ authorization: string }> {
  await database.run('update auth_user set is_staff = 1 where username = ?', ['user-0']);
  const [user] = await database.run<{ id: number }>("select id from auth_user where username = 'user-0'");
  return { authorization: `Bearer ${app.get(AccessTokens).issue(user!.id)}` };
}

/** The ids of each list, in order. */
async function readLists(): Promise<Map<string, number[]>> {
  const headers = await staff();
  const lists = new Map<string, number[]>();
  for (const list of LISTS) {
    const { items } = await walkRanking(app, list, headers);
    lists.set(
      list,
      items.map(({ property }) => property.id),
    );
  }
  return lists;
}
