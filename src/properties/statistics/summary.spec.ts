import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Summary, summarise } from './summary.js';

/** @param values that have at most so many `digits` */
function expectedSummary(values: readonly number[], digits: number): Summary {
  const sorted = values
    .map((value) => BigInt(Math.round(value * 10 ** digits)))
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const count = sorted.length;
  if (count === 0) return { count, min: null, p25: null, median: null, p75: null, max: null };
  const at = (quarters: number): number => {
    const position = (count - 1) * quarters;
    const [below, rest] = [Math.floor(position / 4), BigInt(position % 4)];
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, count - 1)]!];
    const fourfold = low * (4n - rest) + high * rest;
    const size = fourfold < 0n ? -fourfold : fourfold;
    const rounded = Number((size + 2n) / 4n);
    return (fourfold < 0n && rounded > 0 ? -rounded : rounded) / 10 ** digits;
  };
  return { count, min: at(0), p25: at(1), median: at(2), p75: at(3), max: at(4) };
}

const hundredths = fc.integer({ min: -500, max: 500 }).map((n) => n / 100);
const whole = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }),
);

describe('summarise', () => {
  it.each([
    ['prices', whole, 0],
    ['areas', hundredths, 2],
  ] as const)('gives the order statistics and quartiles of %s', (_, number, digits) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(number, fc.constant(NaN)), { maxLength: 60 }), (values) => {
        expect(summarise(Float64Array.from(values), digits)).toEqual(
          expectedSummary(
            values.filter((value) => !Number.isNaN(value)),
            digits,
          ),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is as right for many sorted, equal or alternating numbers', () => {
    for (const make of [
      (i: number) => i,
      (i: number) => -i,
      () => 7,
      (i: number) => i % 2,
      (i: number) => (i * 7_919) % 1_009,
    ]) {
      const values = Array.from({ length: 20_001 }, (_, i) => make(i));
      expect(summarise(Float64Array.from(values), 0)).toEqual(expectedSummary(values, 0));
    }
  });

  it('rounds half away from zero, exactly', () => {
    expect(summarise(Float64Array.of(1, 2), 0)).toMatchObject({ p25: 1, median: 2, p75: 2 });
    expect(summarise(Float64Array.of(-1, -2), 0)).toMatchObject({ median: -2 });
    expect(summarise(Float64Array.of(1, 1.01), 2)).toMatchObject({ median: 1.01 });
    expect(summarise(Float64Array.of(5_000_000.003, 5_000_000.006), 2)).toMatchObject({ median: 5_000_000 });
    expect(Object.is(summarise(Float64Array.of(-1, 1), 0).median, 0)).toBe(true);
    const largest = Number.MAX_SAFE_INTEGER;
    expect(summarise(Float64Array.of(-largest, largest), 0)).toMatchObject({ min: -largest, max: largest });
  });
});
