import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histogram } from './histogram.js';
import { priceStep, priceStepWidth } from '../search-index/price-step.js';

const one = (value: number) => ({ value, count: 1 });

describe('histogram', () => {
  it('has no bucket without values, and one open bucket for one value', () => {
    expect(histogram([])).toEqual([]);
    expect(histogram([one(7), one(7)])).toEqual([{ from: null, to: null, count: 2 }]);
  });

  it('has round borders and open outer buckets, and omits empty buckets', () => {
    expect(histogram([1998, 2000, 2001, 2004].map(one))).toEqual([
      { from: null, to: 1999, count: 1 },
      { from: 2000, to: 2001, count: 1 },
      { from: 2001, to: 2002, count: 1 },
      { from: 2004, to: null, count: 1 },
    ]);
  });

  it('keeps the other buckets narrow when one value is extreme', () => {
    const years = Array.from({ length: 200 }, (_, i) => one(1960 + (i % 60)));
    const buckets = histogram([...years, one(2_147_483_647), one(-5)]);
    expect(buckets.length).toBeGreaterThan(10);
    expect(buckets.every(({ count }) => count < 40)).toBe(true);
  });

  it('counts every property once, in the bucket of its value, in at most 20 buckets', () => {
    const prices = fc.array(fc.integer({ min: -1_000, max: 5_000_000_000 }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(prices, (values) => {
        const buckets = histogram(
          values.map((value) => one(priceStep(value))),
          priceStepWidth,
        );
        expect(buckets.length).toBeLessThanOrEqual(20);
        for (const { from, to, count } of buckets) {
          const inside = values.filter((value) => value >= (from ?? -Infinity) && value < (to ?? Infinity));
          expect(inside).toHaveLength(count);
        }
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
    );
  });
});
