// The value of likes. Times are milliseconds since 1970, days are UTC days since 1970. Nothing here uses the database.

export const DAY_SECONDS = 86_400;
export const DAY_MS = DAY_SECONDS * 1_000;
export const WEEK_DAYS = 7;
export const WEEK_MS = WEEK_DAYS * DAY_MS;

/** The length of each window in UTC days, today included. */
export const WINDOW_DAYS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365, all: Infinity } as const;
export type Window = keyof typeof WINDOW_DAYS;
export const WINDOWS = Object.keys(WINDOW_DAYS) as Window[];
/** The column of each window in the ranking tables. */
export const COLUMN_OF_WINDOW = {
  '1d': 'd1',
  '7d': 'd7',
  '30d': 'd30',
  '90d': 'd90',
  '365d': 'd365',
  all: 'total',
} as const satisfies Record<Window, string>;
/** Likes per window. */
export type WindowCounts = Record<(typeof COLUMN_OF_WINDOW)[Window], number>;
/** The columns that a ranking can be sorted by; `hot` is the trending number. */
export const SORT_COLUMNS = ['hot', ...Object.values(COLUMN_OF_WINDOW)] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** The likes that were made on one UTC day. */
export interface DailyLikes {
  readonly day: number;
  readonly likes: number;
  /**
   * The sum of `2^(t / halfLife)` over these likes, where `t` is the time from the beginning of the day to the like. Each
   * like adds between 1 and 2.
   */
  readonly weight: number;
}

/** The numbers of one property at one time. */
export interface RankingNumbers extends Readonly<WindowCounts> {
  /** Microseconds since 1970, see trendingNumber(); null without likes. */
  readonly trending: number | null;
}

export const dayOf = (time: number): number => Math.floor(time / DAY_MS);

/** @param days each day at most once, none later than `today` */
export function numbersOf(days: readonly DailyLikes[], today: number, halfLifeDays: number): RankingNumbers {
  const within = (window: Window): number =>
    days.reduce((sum, { day, likes }) => (day > today - WINDOW_DAYS[window] ? sum + likes : sum), 0);
  const counts = WINDOWS.map((window) => [COLUMN_OF_WINDOW[window], within(window)]);
  return { trending: trendingNumber(days, halfLifeDays), ...(Object.fromEntries(counts) as WindowCounts) };
}

/**
 * The time at which a single like would weigh as much as all these likes weigh together:
 * `halfLife · log2(Σ 2^(t / halfLife))`, in microseconds since 1970. The property with the higher number has the higher
 * score, now and at any later time, so the number can be stored and indexed. This is *forward decay* (Cormode,
 * Shkapenyuk, Srivastava, Xu, ICDE 2009, https://doi.org/10.1109/ICDE.2009.65).
 *
 * Equal scores give equal numbers. Days that are whole half-lives apart are added first, by powers of two, which is exact.
 * The rest is added in a fixed order, and the result is rounded to a microsecond, which removes the rounding error.
 */
export function trendingNumber(days: readonly DailyLikes[], halfLifeDays: number): number | null {
  if (days.length === 0) return null;
  const sorted = days.toSorted((a, b) => a.day - b.day);
  const periodOf = (day: number): number => Math.floor(day / halfLifeDays);
  const last = periodOf((sorted.at(-1) as DailyLikes).day);
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

/**
 * The trending score at a time, `Σ 2^(-age / halfLife)`.
 * @param trending see trendingNumber()
 * @param time milliseconds since 1970
 */
export function scoreAt(trending: number | null, time: number, halfLifeDays: number): number {
  return trending === null ? 0 : 2 ** ((trending / 1_000 - time) / (halfLifeDays * DAY_MS));
}

/** The trending number whose score at `time` is 2^-1022, the smallest normal double. Lower numbers count as no score. */
export function minTrendingNumber(time: number, halfLifeDays: number): number {
  return Math.round((time - 1_022 * halfLifeDays * DAY_MS) * 1_000);
}
