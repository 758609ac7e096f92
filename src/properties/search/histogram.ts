/** `homes` have a value of at least `from` and less than `to`; null: open. */
export interface Bucket {
  readonly from: number | null;
  readonly to: number | null;
  readonly homes: number;
}

const MOST_BUCKETS = 20;
// What lies further out would make the middle, where nearly all are, one bucket.
const TAIL = 0.02;

/**
 * Buckets with round borders, at most 20, that show how the bulk of the values is spread; the tails are in the two
 * outer ones, which are open. Empty ones are left out.
 * @param counts how many homes have each value
 * @param finest the width of the finest buckets where a value lies: borders lie between them
 */
export function histogram(
  counts: readonly { value: number; homes: number }[],
  finest: (value: number) => number = () => 1,
): Bucket[] {
  const sorted = counts.toSorted((a, b) => a.value - b.value);
  if (sorted.length === 0) return [];
  const low = quantile(sorted, TAIL);
  const high = quantile(sorted, 1 - TAIL);
  const step = roundStep(low, high, finest(high));
  const first = Math.floor(low / step) + 1;
  const borders = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  const homes = Array.from({ length: borders.length + 1 }, () => 0);
  for (const { value, homes: count } of sorted) {
    const bucket = borders.findLastIndex((border) => border <= value) + 1;
    homes[bucket] = (homes[bucket] ?? 0) + count;
  }
  return homes
    .map((count, i): Bucket => ({ from: borders[i - 1] ?? null, to: borders[i] ?? null, homes: count }))
    .filter((bucket) => bucket.homes > 0);
}

function quantile(sorted: readonly { value: number; homes: number }[], share: number): number {
  const total = sorted.reduce((sum, { homes }) => sum + homes, 0);
  let rank = Math.min(total - 1, Math.floor(total * share));
  return (sorted.find(({ homes }) => (rank -= homes) < 0) ?? sorted[0])?.value as number;
}

/** The smallest of 1, 2, 5, 10, 20, 50, … that is not below `finest` and has few enough multiples in the range. */
function roundStep(low: number, high: number, finest: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const step = digit * power;
      if (step >= finest && Math.floor(high / step) - Math.floor(low / step) < MOST_BUCKETS) return step;
    }
  }
}
