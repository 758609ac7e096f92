import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  DAY_MS,
  DAY_SECONDS,
  type DayOfLikes,
  dayOf,
  hotness,
  mergeDays,
  nextChange,
  numbersOf,
  scoreAt,
  WEEK_MS,
} from './score.js';

const NOW = Date.UTC(2026, 10, 27, 15, 4, 5, 123);
const second = fc.integer({ min: Math.floor(NOW / 1_000) - 500 * DAY_SECONDS, max: Math.floor(NOW / 1_000) });

/** As the database adds them up: by day, in time. */
function daysOf(seconds: readonly number[], halfLifeDays = 7): DayOfLikes[] {
  return mergeDays(
    seconds
      .toSorted((a, b) => a - b)
      .map((at) => ({
        day: Math.floor(at / DAY_SECONDS),
        likes: 1,
        weight: 2 ** ((at % DAY_SECONDS) / (halfLifeDays * DAY_SECONDS)),
      })),
  );
}
const plainScore = (seconds: readonly number[], halfLifeDays: number): number =>
  seconds.reduce((sum, at) => sum + 2 ** (-(NOW - at * 1_000) / (halfLifeDays * DAY_MS)), 0);

describe('hotness', () => {
  it('of one like is its time, whatever the half-life; nothing without likes', () => {
    fc.assert(
      fc.property(second, fc.constantFrom(1, 7, 30, 365), (at, halfLife) => {
        expect(hotness(daysOf([at], halfLife), halfLife)).toBe(at * 1_000_000);
      }),
    );
    expect(hotness([], 7)).toBeNull();
  });

  it('gives the score, Σ 2^(-age / halfLife), at any moment', () => {
    fc.assert(
      fc.property(
        fc.array(second, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(1, 7, 30),
        (likes, halfLife) => {
          const score = scoreAt(hotness(daysOf(likes, halfLife), halfLife), NOW, halfLife);
          const plain = plainScore(likes, halfLife);
          expect(Math.abs(score - plain)).toBeLessThanOrEqual(plain * 1e-10);
        },
      ),
    );
  });

  it('is equal where scores are mathematically equal: two likes of a half-life before are one', () => {
    fc.assert(
      fc.property(
        fc.array(second, { minLength: 1, maxLength: 12 }),
        second,
        fc.integer({ min: 1, max: 4 }),
        (others, at, k) => {
          const older = at - k * 7 * DAY_SECONDS;
          const many = hotness(daysOf([...others, ...Array<number>(2 ** k).fill(older)]), 7);
          expect(many).toBe(hotness(daysOf([...others, at]), 7));
        },
      ),
    );
  });

  it('does not depend on the order of the days', () => {
    const days = daysOf([1_700_000_000, 1_750_000_000, 1_760_000_001, 1_763_000_000]);
    expect(hotness(days.toReversed(), 7)).toBe(hotness(days, 7));
  });
});

describe('numbersOf', () => {
  it('counts today and the days before it, each window to its border', () => {
    const today = dayOf(NOW);
    const days = [0, 1, 6, 7, 29, 30, 89, 90, 364, 365, 2_000].map((age) => ({
      day: today - age,
      likes: 1,
      weight: 1,
    }));
    expect(numbersOf(days, today, 7)).toMatchObject({ d1: 1, d7: 3, d30: 5, d90: 7, d365: 9, total: 11 });
  });
});

describe('nextChange', () => {
  /** What a home has at a time, now and seven days before, as a text. */
  const numbersAt = (seconds: readonly number[], time: number): string =>
    JSON.stringify(
      [time, time - WEEK_MS].map((moment) =>
        numbersOf(daysOf(seconds.filter((at) => at * 1_000 <= moment)), dayOf(moment), 7),
      ),
    );

  it('is the first moment at which anything differs', () => {
    const ages = fc.array(
      fc.oneof(
        fc.integer({ min: -20 * DAY_SECONDS, max: 400 * DAY_SECONDS }),
        // About the borders.
        fc
          .tuple(fc.constantFrom(0, 1, 7, 8, 14, 30, 37, 90, 97, 365, 372), fc.integer({ min: -2, max: 2 }))
          .map(([days, more]) => days * DAY_SECONDS + more),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(ages, (list) => {
        const seconds = list.map((age) => Math.floor(NOW / 1_000) - age);
        const counted = seconds.filter((at) => at * 1_000 <= NOW);
        const weekAgo = seconds.filter((at) => at * 1_000 <= NOW - WEEK_MS);
        const first = (from: number): number | null => {
          const later = seconds.filter((at) => at * 1_000 > from).map((at) => at * 1_000);
          return later.length > 0 ? Math.min(...later) : null;
        };
        const next = nextChange(
          {
            now: daysOf(counted).map(({ day }) => day),
            weekAgo: daysOf(weekAgo).map(({ day }) => day),
            toCome: first(NOW),
            toCount: counted.length > weekAgo.length ? first(NOW - WEEK_MS) : null,
          },
          NOW,
        );
        const until = next ?? NOW + 1_000 * DAY_MS;
        expect(numbersAt(seconds, until - 1)).toBe(numbersAt(seconds, NOW));
        if (next !== null) expect(numbersAt(seconds, next)).not.toBe(numbersAt(seconds, NOW));
      }),
      { numRuns: 500 },
    );
  });
});
