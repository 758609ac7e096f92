import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, DAY_SECONDS, type DailyLikes, dayOf, numbersOf, scoreAt, trendingNumber } from './score.js';

const NOW = Date.UTC(2026, 10, 27, 15, 4, 5, 123);
const second = fc.integer({ min: Math.floor(NOW / 1_000) - 500 * DAY_SECONDS, max: Math.floor(NOW / 1_000) });

/** Groups likes by day, in the order of time, as the SQL does. */
function daysOf(seconds: readonly number[], halfLifeDays = 7): DailyLikes[] {
  const sorted = seconds.toSorted((a, b) => a - b);
  return [...Map.groupBy(sorted, (at) => Math.floor(at / DAY_SECONDS))].map(([day, same]) => ({
    day,
    likes: same.length,
    weight: same.reduce((sum, at) => sum + 2 ** ((at % DAY_SECONDS) / (halfLifeDays * DAY_SECONDS)), 0),
  }));
}
const plainScore = (seconds: readonly number[], halfLifeDays: number): number =>
  seconds.reduce((sum, at) => sum + 2 ** (-(NOW - at * 1_000) / (halfLifeDays * DAY_MS)), 0);

describe('trendingNumber', () => {
  it('is the time of a single like, with any half-life, and null without likes', () => {
    fc.assert(
      fc.property(second, fc.constantFrom(1, 7, 30, 365), (at, halfLife) => {
        expect(trendingNumber(daysOf([at], halfLife), halfLife)).toBe(at * 1_000_000);
      }),
    );
    expect(trendingNumber([], 7)).toBeNull();
  });

  it('gives the score, Σ 2^(-age / halfLife), at any time', () => {
    fc.assert(
      fc.property(
        fc.array(second, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(1, 7, 30),
        (likes, halfLife) => {
          const score = scoreAt(trendingNumber(daysOf(likes, halfLife), halfLife), NOW, halfLife);
          const plain = plainScore(likes, halfLife);
          expect(Math.abs(score - plain)).toBeLessThanOrEqual(plain * 1e-10);
        },
      ),
    );
  });

  it('is equal when the scores are mathematically equal: two likes that are one half-life older weigh as much as one', () => {
    fc.assert(
      fc.property(
        fc.array(second, { minLength: 1, maxLength: 12 }),
        second,
        fc.integer({ min: 1, max: 4 }),
        (others, at, k) => {
          const older = at - k * 7 * DAY_SECONDS;
          const many = trendingNumber(daysOf([...others, ...Array<number>(2 ** k).fill(older)]), 7);
          expect(many).toBe(trendingNumber(daysOf([...others, at]), 7));
        },
      ),
    );
  });

  it('does not depend on the order of the days', () => {
    const days = daysOf([1_700_000_000, 1_750_000_000, 1_760_000_001, 1_763_000_000]);
    expect(trendingNumber(days.toReversed(), 7)).toBe(trendingNumber(days, 7));
  });
});

describe('numbersOf', () => {
  it('counts today and the days before it, up to the first day of each window', () => {
    const today = dayOf(NOW);
    const days = [0, 1, 6, 7, 29, 30, 89, 90, 364, 365, 2_000].map((age) => ({
      day: today - age,
      likes: 1,
      weight: 1,
    }));
    expect(numbersOf(days, today, 7)).toMatchObject({ d1: 1, d7: 3, d30: 5, d90: 7, d365: 9, total: 11 });
  });
});
