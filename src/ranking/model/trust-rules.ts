// The rules that find accounts whose likes are not to count. Nothing here uses the database. A rule looks at one like event and at
// those with lower ids, so the result does not depend on when it runs.

/** `burst`: new or unconfirmed accounts at once; `group`: accounts with the same likes; `pace`: likes as fast as a program. */
export const TRUST_RULES = ['burst', 'group', 'pace'] as const;
export type TrustRule = (typeof TRUST_RULES)[number];

/** The settings of the rules. A count of 0 switches its rule off. */
export interface TrustLimits {
  /** Likes of one property by new or unconfirmed accounts within a day. */
  readonly burstLikes: number;
  /** The age below which an account is new. */
  readonly newAccountHours: number;
  /** Accounts with the same likes within three days. */
  readonly groupAccounts: number;
  /** Likes of one account within a minute. */
  readonly likesPerMinute: number;
}

const HOUR = 3_600;
export const BURST_SECONDS = 24 * HOUR;
export const GROUP_SECONDS = 72 * HOUR;
const PACE_SECONDS = 60;
/** The newest likes of an account that the rules read. */
export const MAX_RECENT_LIKES = 40;
/** A group is looked for at these numbers of likes, which keeps the cost per like constant. */
const GROUP_CHECKS: ReadonlySet<number> = new Set([2, 3, 4, 6, 8, 12, 16, 24, 32]);
const MIN_COMMON_LIKES = 2;
const MIN_COMMON_SHARE = 0.5;
/** A rule applies when its accounts made at least an eighth of the newest likes of a property: others are just busy. */
const NEWEST_PER_ACCOUNT = 8;

/** How many of the newest likes of a property each rule reads. */
export const newestLikes = (count: number): number => NEWEST_PER_ACCOUNT * count;

export interface Liker {
  readonly userId: number;
  /** Seconds since 1970. */
  readonly at: number;
}

/** Times in seconds since 1970. */
export interface Account {
  readonly joinedAt: number;
  /** When the user confirmed the email; Infinity before, and -Infinity when nobody asked. */
  readonly confirmedAt: number;
}

/** Whether the account is young or unconfirmed at `at`. Likes from before its registration are imported ones. */
export const isFresh = (
  { joinedAt, confirmedAt }: Account,
  at: number,
  { newAccountHours }: TrustLimits,
): boolean => at >= joinedAt && at < Math.max(joinedAt + newAccountHours * HOUR, confirmedAt);

/** The fresh accounts among the newest likers of a property, if they are a burst. */
export function findBurst(
  likers: readonly Liker[],
  accounts: ReadonlyMap<number, Account>,
  limits: TrustLimits,
): number[] {
  const fresh = likers.filter(({ userId, at }) => {
    const account = accounts.get(userId);
    return account !== undefined && isFresh(account, at, limits);
  });
  const userIds = [...new Set(fresh.map(({ userId }) => userId))];
  return userIds.length >= limits.burstLikes ? userIds : [];
}

/** @param times of the account's newest likes, up to and including the like at `at` */
export function isTooFast(times: readonly number[], at: number, { likesPerMinute }: TrustLimits): boolean {
  return likesPerMinute > 0 && times.filter((time) => time > at - PACE_SECONDS).length >= likesPerMinute;
}

/** Whether a group is looked for when the account has liked this many properties. */
export const checksGroup = (likedCount: number, { groupAccounts }: TrustLimits): boolean =>
  groupAccounts > 0 && GROUP_CHECKS.has(likedCount);

/**
 * The accounts with enough likes in common with an account, if they suffice for a group. The rules then read what else they like.
 * @param likersOf the newest likers of each property that the account has liked
 */
export function findCandidates(
  userId: number,
  likersOf: ReadonlyMap<number, readonly Liker[]>,
  likedCount: number,
  { groupAccounts }: TrustLimits,
): Map<number, number> {
  const common = new Map<number, number>();
  for (const likers of likersOf.values()) {
    const others = new Set(likers.map((liker) => liker.userId).filter((id) => id !== userId));
    if (others.size + 1 < groupAccounts) continue;
    for (const id of others) common.set(id, (common.get(id) ?? 0) + 1);
  }
  const enough = Math.max(MIN_COMMON_LIKES, MIN_COMMON_SHARE * likedCount);
  const candidates = new Map([...common].filter(([, count]) => count >= enough));
  return candidates.size + 1 >= groupAccounts ? candidates : new Map();
}

/** The whole group: the account and the candidates that like little else. Empty when they are too few. */
export function findGroup(
  userId: number,
  candidates: ReadonlyMap<number, number>,
  likedCountOf: (userId: number) => number,
  { groupAccounts }: TrustLimits,
): number[] {
  const similar = [...candidates].filter(([id, common]) => common >= MIN_COMMON_SHARE * likedCountOf(id));
  return similar.length + 1 >= groupAccounts ? [userId, ...similar.map(([id]) => id)] : [];
}
