// Applies the trust rules in the simplest way: each like is compared with all likes that have a lower id.
import type { TestDatabase } from './database.js';

interface Limits {
  burstLikes: number;
  newAccountHours: number;
  groupAccounts: number;
  likesPerMinute: number;
}
interface Like {
  id: number;
  userId: number;
  propertyId: number;
  /** Seconds since 1970, UTC. */
  at: number;
}

const HOUR = 3_600;
const seconds = (naive: string): number =>
  Math.floor(Date.parse(`${naive.slice(0, 19).replace(' ', 'T')}Z`) / 1_000);
const newestFirst = (a: Like, b: Like): number => b.at - a.at || b.id - a.id;
const countDistinct = (values: readonly number[]): number => new Set(values).size;

/** The rule that distrusts each user, in a database whose zone is UTC. */
export async function expectedRules(database: TestDatabase, limits: Limits): Promise<Map<number, string>> {
  const likes = (
    await database.run<Like & { time: string }>(
      `select id, user_id as userId, property_id as propertyId, at as time from like_event where action = 'liked' order by id`,
    )
  ).map((row) => ({ ...row, at: seconds(row.time) }));
  const users = await database.run<{
    id: number;
    joined: string;
    asked: number | null;
    confirmed: string | null;
  }>(
    `select u.id, u.date_joined as joined, c.user_id as asked, c.confirmed_at as confirmed
    from auth_user u left join account_confirmation c on c.user_id = u.id`,
  );
  const accounts = new Map(
    users.map(({ id, joined, asked, confirmed }) => [
      id,
      { joined: seconds(joined), isAsked: asked !== null, confirmed: confirmed && seconds(confirmed) },
    ]),
  );
  const rules = new Map<number, string>();
  for (const like of likes) {
    const before = (hours: number): Like[] =>
      likes
        .filter(({ id, at }) => id <= like.id && at > like.at - hours * HOUR && at <= like.at)
        .toSorted(newestFirst);
    for (const [rule, userIds] of [
      ['pace', fast(like, before, limits)],
      ['burst', burst(like, before, accounts, limits)],
      ['group', group(like, before, limits)],
    ] as const)
      for (const userId of userIds) if (!rules.has(userId)) rules.set(userId, rule);
  }
  return rules;
}

type Before = (hours: number) => Like[];

function fast({ userId, at }: Like, before: Before, { likesPerMinute }: Limits): number[] {
  const inMinute = before(1).filter((other) => other.userId === userId && other.at > at - 60);
  return likesPerMinute > 0 && inMinute.length >= likesPerMinute ? [userId] : [];
}

function burst(
  { userId, propertyId, at }: Like,
  before: Before,
  accounts: ReadonlyMap<number, { joined: number; isAsked: boolean; confirmed: number | null | '' }>,
  { burstLikes, newAccountHours }: Limits,
): number[] {
  const isFresh = (user: number, time: number): boolean => {
    const { joined, isAsked, confirmed } = accounts.get(user)!;
    const isUnconfirmed = isAsked && (!confirmed || time < confirmed);
    return time >= joined && (time - joined < newAccountHours * HOUR || isUnconfirmed);
  };
  if (burstLikes === 0 || !isFresh(userId, at)) return [];
  const newest = before(24).filter((other) => other.propertyId === propertyId);
  const young = newest
    .slice(0, 8 * burstLikes)
    .filter((other) => isFresh(other.userId, other.at))
    .map((other) => other.userId);
  return countDistinct(young) >= burstLikes ? [...new Set(young)] : [];
}

function group(like: Like, before: Before, { groupAccounts }: Limits): number[] {
  const recent = before(72);
  const basketOf = (userId: number): Set<number> =>
    new Set(
      recent
        .filter((other) => other.userId === userId)
        .slice(0, 40)
        .map(({ propertyId }) => propertyId),
    );
  const basket = basketOf(like.userId);
  if (groupAccounts === 0 || ![2, 3, 4, 6, 8, 12, 16, 24, 32].includes(basket.size)) return [];
  const common = [...basket].flatMap((propertyId) => {
    const likers = recent
      .filter((other) => other.propertyId === propertyId)
      .slice(0, 8 * groupAccounts)
      .map(({ userId }) => userId);
    const others = [...new Set(likers)].filter((userId) => userId !== like.userId);
    return others.length >= groupAccounts - 1 ? others : [];
  });
  const commonWith = (userId: number): number => common.filter((other) => other === userId).length;
  const similar = [...new Set(common)].filter(
    (userId) =>
      commonWith(userId) >= 2 &&
      commonWith(userId) >= basket.size / 2 &&
      commonWith(userId) >= basketOf(userId).size / 2,
  );
  return similar.length + 1 >= groupAccounts ? [like.userId, ...similar] : [];
}
