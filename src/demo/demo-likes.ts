import { seededRandom } from './random.js';

const SEED = 2_026;
const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 365 * DAY_MS;
/** Likes of the most popular property. The property of rank r has MAX_LIKES / r^POPULARITY_EXPONENT likes. */
const MAX_LIKES = 240;
const POPULARITY_EXPONENT = 0.8;
/** Share of the likes that end with an unlike. */
const UNLIKED_SHARE = 0.05;
/** Mean time between the start of the current status and a like. */
const MEAN_DELAY_DAYS = 25;

export interface LikeableProperty {
  id: number;
  /** The start of its current status. */
  since: Date;
}
export interface DemoLike {
  propertyId: number;
  userId: number;
  likedAt: Date;
  unlikedAt: Date | null;
}

/**
 * Plausible likes of the last year. Few properties are very popular; most have no like or only a few. A user likes a
 * property at most once. Deterministic: the same arguments give the same likes.
 */
export function demoLikes(
  properties: readonly LikeableProperty[],
  userIds: readonly number[],
  now: Date,
): DemoLike[] {
  const random = seededRandom(SEED, 0);
  return random.sample(properties, properties.length).flatMap((property, rank) => {
    const expected = MAX_LIKES / (rank + 1) ** POPULARITY_EXPONENT;
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    const start = Math.max(property.since.getTime(), now.getTime() - YEAR_MS);
    const period = now.getTime() - start;
    return random.sample(userIds, count).map((userId): DemoLike => {
      const delay = -Math.log(1 - random.next()) * MEAN_DELAY_DAYS * DAY_MS;
      // A delay beyond `now` becomes a random time within the period.
      const likedAt = start + (delay < period ? delay : random.next() * period);
      const unlikedAt = random.chance(UNLIKED_SHARE)
        ? likedAt + random.next() * (now.getTime() - likedAt)
        : null;
      return {
        propertyId: property.id,
        userId,
        likedAt: new Date(likedAt),
        unlikedAt: unlikedAt === null ? null : new Date(unlikedAt),
      };
    });
  });
}
