// What likes are worth. Times are milliseconds since 1970, days count from 1970 in UTC. Nothing here knows a database.

export const DAY_SECONDS = 86_400;
export const DAY_MS = DAY_SECONDS * 1_000;
export const WEEK_DAYS = 7;
export const WEEK_MS = WEEK_DAYS * DAY_MS;

/** How many UTC days each window has, today included. */
export const WINDOW_DAYS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365, all: Infinity } as const;
export type Window = keyof typeof WINDOW_DAYS;
export const WINDOWS = Object.keys(WINDOW_DAYS) as Window[];

/** The likes that were made on one day: how many, and the sum of their weights as seen from its beginning. */
export interface DayOfLikes {
  readonly day: number;
  readonly likes: number;
  /** Of a like, `2^(age / halfLife)` with its age at the beginning of the day, which is negative: 1 to 2. */
  readonly weight: number;
}

/** A home's numbers at one moment. */
export interface Numbers {
  /** Microseconds since 1970, see hotness(); null without a like. */
  readonly hot: number | null;
  readonly d1: number;
  readonly d7: number;
  readonly d30: number;
  readonly d90: number;
  readonly d365: number;
  readonly total: number;
}

export const dayOf = (time: number): number => Math.floor(time / DAY_MS);

/** @param days different ones, none later than `today` */
export function numbersOf(days: readonly DayOfLikes[], today: number, halfLifeDays: number): Numbers {
  const within = (window: Window): number =>
    days.reduce((sum, { day, likes }) => (day > today - WINDOW_DAYS[window] ? sum + likes : sum), 0);
  return {
    hot: hotness(days, halfLifeDays),
    d1: within('1d'),
    d7: within('7d'),
    d30: within('30d'),
    d90: within('90d'),
    d365: within('365d'),
    total: within('all'),
  };
}

/**
 * How hot likes are, as the time at which one single like would have to be made to weigh what all of them weigh together:
 * `halfLife · log2(Σ 2^(t / halfLife))`, in microseconds since 1970. Of two homes the one with the higher number has the
 * higher score, now and for ever, so that it can be stored and indexed: *forward decay* (Cormode, Shkapenyuk, Srivastava,
 * Xu, ICDE 2009, https://doi.org/10.1109/ICDE.2009.65).
 *
 * Equal scores give equal numbers, so that ties are ties: days that are whole half-lives apart are added first, by powers
 * of two, which is exact, and the rest in one order always; what is left of rounding, a thousandth of a microsecond, is
 * rounded away.
 */
export function hotness(days: readonly DayOfLikes[], halfLifeDays: number): number | null {
  if (days.length === 0) return null;
  const sorted = days.toSorted((a, b) => a.day - b.day);
  const periodOf = (day: number): number => Math.floor(day / halfLifeDays);
  const last = periodOf((sorted.at(-1) as DayOfLikes).day);
  const byPhase = new Map<number, number>();
  for (const { day, weight } of sorted) {
    const phase = day - periodOf(day) * halfLifeDays;
    byPhase.set(phase, (byPhase.get(phase) ?? 0) + weight * 2 ** (periodOf(day) - last));
  }
  let sum = 0;
  for (const [phase, weight] of [...byPhase].toSorted(([a], [b]) => a - b))
    sum += weight * 2 ** (phase / halfLifeDays);
  const halfLife = halfLifeDays * DAY_MS * 1_000;
  return last * halfLife + Math.round(Math.log2(sum) * halfLife);
}

/** The trending score at a moment, `Σ 2^(-age / halfLife)`. */
export function scoreAt(hot: number | null, time: number, halfLifeDays: number): number {
  return hot === null ? 0 : 2 ** ((hot / 1_000 - time) / (halfLifeDays * DAY_MS));
}

/** Below it a score is too small for a number: it is none. */
export function coldest(time: number, halfLifeDays: number): number {
  return Math.round((time - 1_022 * halfLifeDays * DAY_MS) * 1_000);
}
