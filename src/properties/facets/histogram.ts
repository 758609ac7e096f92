/** `count` properties have a value of at least `from` and less than `to`; null: no border on this side. */
export interface Bucket {
  readonly from: number | null;
  readonly to: number | null;
  readonly count: number;
}

/** How many properties have a value. */
interface ValueCount {
  readonly value: number;
  readonly count: number;
}

const MAX_BUCKETS = 20;
// The share of the lowest and of the highest values that cannot move the borders. Without it one extreme value would make
// a single bucket of nearly all other values.
const TAIL_SHARE = 0.02;

/**
 * Groups values into at most 20 buckets with round borders. The first and the last bucket are open: they contain the
 * tails of the distribution. Empty buckets are omitted.
 * @param minWidthAt the smallest possible bucket width near a value; borders are multiples of it
 */
export function histogram(
  counts: readonly ValueCount[],
  minWidthAt: (value: number) => number = () => 1,
): Bucket[] {
  const sorted = counts.toSorted((a, b) => a.value - b.value);
  if (sorted.length === 0) return [];
  const low = quantile(sorted, TAIL_SHARE);
  const high = quantile(sorted, 1 - TAIL_SHARE);
  const step = roundStep(low, high, minWidthAt(high));
  const first = Math.floor(low / step) + 1;
  const borders = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  const totals = Array.from({ length: borders.length + 1 }, () => 0);
  for (const { value, count } of sorted) {
    const bucket = borders.findLastIndex((border) => border <= value) + 1;
    totals[bucket] = (totals[bucket] ?? 0) + count;
  }
  return totals
    .map((count, i): Bucket => ({ from: borders[i - 1] ?? null, to: borders[i] ?? null, count }))
    .filter((bucket) => bucket.count > 0);
}

/** The value below which `share` of the properties lie. */
function quantile(sorted: readonly ValueCount[], share: number): number {
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  let rank = Math.min(total - 1, Math.floor(total * share));
  return (sorted.find(({ count }) => (rank -= count) < 0) ?? sorted[0])?.value as number;
}

/** The smallest of 1, 2, 5, 10, 20, 50, … that is at least `minStep` and gives at most 20 buckets between `low` and `high`. */
function roundStep(low: number, high: number, minStep: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const step = digit * power;
      if (step >= minStep && Math.floor(high / step) - Math.floor(low / step) < MAX_BUCKETS) return step;
    }
  }
}
