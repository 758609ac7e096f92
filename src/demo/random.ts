/** Pseudo-random values: the same seed gives the same sequence on every machine. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number, both ends included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  weighted<T>(entries: readonly (readonly [value: T, weight: number])[]): T;
  /** Up to `count` different values, in random order. */
  sample<T>(values: readonly T[], count: number): T[];
  /** A log-normal factor with median 1, limited to two sigmas: an outlier would look like a typing error. */
  spread(sigma: number): number;
}

/** mulberry32 by Tommy Ettinger (public domain), https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An independent sequence for each (seed, stream) pair, so a change of one listing does not change the others. */
export function seededRandom(seed: number, stream: number): Random {
  // 0x9e3779b1 is 2^32 divided by the golden ratio: neighbouring streams start far apart.
  const next = mulberry32(seed ^ Math.imul(stream, 0x9e3779b1));
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(values: readonly T[]) => values[Math.floor(next() * values.length)] as T;
  return {
    next,
    integer,
    pick,
    chance: (probability) => next() < probability,
    weighted: (entries) => pickWeighted(entries, next()),
    sample: (values, count) => sampleOf(values, count, integer),
    spread: (sigma) => Math.exp(sigma * Math.max(-2, Math.min(2, normal(next)))),
  };
}

function pickWeighted<T>(entries: readonly (readonly [T, number])[], fraction: number): T {
  let remaining = fraction * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of entries) {
    remaining -= weight;
    if (remaining < 0) return value;
  }
  const last = entries.at(-1);
  if (!last) throw new RangeError('Nothing to choose from');
  return last[0];
}

function sampleOf<T>(values: readonly T[], count: number, integer: Random['integer']): T[] {
  const rest = [...values];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) {
    chosen.push(...rest.splice(integer(0, rest.length - 1), 1));
  }
  return chosen;
}

/** A standard normal number (Box–Muller transform). 1 - next() avoids the logarithm of zero. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
