import { seededRandom } from './random.js';

const SEED = 2_026;
const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 365 * DAY_MS;
/** Likes of the most popular home; the home of rank r has r^SKEW times fewer. */
const MOST_LIKES = 240;
const SKEW = 0.8;
const TAKEN_BACK = 0.05;
// Most likes come soon after a home is shown.
const MEAN_DELAY_DAYS = 25;

export interface DemoHome {
  id: number;
  /** When it took the status that it has. */
  since: Date;
}
export interface DemoLike {
  propertyId: number;
  userId: number;
  likedAt: Date;
  takenBackAt: Date | null;
}

/**
 * Believable likes of the last year: few homes are very popular, most have none or a few, and one person likes a home
 * once. The same homes, people and `now` give the same likes.
 */
export function demoLikes(homes: readonly DemoHome[], userIds: readonly number[], now: Date): DemoLike[] {
  const random = seededRandom(SEED, 0);
  return random.sample(homes, homes.length).flatMap((home, rank) => {
    const expected = MOST_LIKES / (rank + 1) ** SKEW;
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    const start = Math.max(home.since.getTime(), now.getTime() - YEAR_MS);
    const span = now.getTime() - start;
    return random.sample(userIds, count).map((userId): DemoLike => {
      const delay = -Math.log(1 - random.next()) * MEAN_DELAY_DAYS * DAY_MS;
      // What would come after today comes at any time.
      const likedAt = start + (delay < span ? delay : random.next() * span);
      const takenBackAt = random.chance(TAKEN_BACK)
        ? likedAt + random.next() * (now.getTime() - likedAt)
        : null;
      return {
        propertyId: home.id,
        userId,
        likedAt: new Date(likedAt),
        takenBackAt: takenBackAt === null ? null : new Date(takenBackAt),
      };
    });
  });
}
