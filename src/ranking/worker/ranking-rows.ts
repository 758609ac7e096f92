import { type DayOfLikes, DAY_SECONDS, dayOf, type Numbers, numbersOf, WEEK_MS } from '../model/score.js';

// Pure: what is kept of a home, from what was read of its likes.

/** What is known of a home beside its likes. */
export interface Home {
  readonly property_id: number;
  readonly availability: string | null;
  readonly city_key: string;
  readonly status_id: number | null;
  readonly property_type: string;
}

/** Likes of a home that stand and were made on one day; where a moment that matters divides the day, its parts. */
export interface LikesPart extends DayOfLikes {
  /** 0: counted seven days before already; 1: since then; 2: dated in the future. */
  readonly phase: 0 | 1 | 2;
  /** The second of the day at which the first of them was made. */
  readonly first: number;
}

/** What was liked and taken back on a day. */
export interface DayOfHistory {
  readonly day: number;
  readonly likes: number;
  readonly unlikes: number;
}

/** A row of `ranking_day`. */
export interface KeptDay {
  readonly property_id: number;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly likes: number;
  readonly unlikes: number;
  readonly standing: number;
  readonly weight: number;
  readonly first_second: number | null;
}

/** For which moment, milliseconds since 1970. */
export interface Moment {
  readonly time: number;
  readonly halfLifeDays: number;
}

export type Row = Record<string, string | number | null>;

export interface HomeRows {
  /** Of `ranking`, but for its version; null: nobody likes it. */
  readonly now: Row | null;
  /** Of `ranking_week_ago`; null: there was nothing. */
  readonly weekAgo: Row | null;
  readonly days: Row[];
  readonly hot: number | null;
}

/** The days that the clock may divide, which are always read: that of seven days before, and from today on. */
export function isDivided(day: number, { time }: Moment): boolean {
  return day === dayOf(time - WEEK_MS) || day >= dayOf(time);
}

/** The likes of days that were not read again, as they are kept. */
export function keptParts(days: readonly KeptDay[], { time }: Moment): LikesPart[] {
  return days.flatMap(({ day: date, standing: likes, weight, first_second: first }) => {
    const day = numberOf(date);
    return likes > 0
      ? [{ day, likes, weight, first: first ?? 0, phase: day < dayOf(time - WEEK_MS) ? 0 : 1 }]
      : [];
  });
}

export function rowsOf(
  home: Home,
  parts: readonly LikesPart[],
  history: readonly DayOfHistory[],
  moment: Moment,
): HomeRows {
  const { time, halfLifeDays } = moment;
  const counted = mergeDays(parts.filter(({ phase }) => phase < 2));
  const before = mergeDays(parts.filter(({ phase }) => phase === 0));
  const now = numbersOf(counted, dayOf(time), halfLifeDays);
  const weekAgo = numbersOf(before, dayOf(time - WEEK_MS), halfLifeDays);
  return {
    now: parts.length > 0 ? { ...rowOf(home, now), due_at: nextChange(parts) } : null,
    weekAgo: before.length > 0 ? rowOf(home, weekAgo) : null,
    days: daysOf(home.property_id, counted, history),
    hot: now.hot,
  };
}

/**
 * When the clock changes the numbers next, windows aside: a like of the future comes to count, or one becomes seven days old.
 */
function nextChange(parts: readonly LikesPart[]): number | null {
  const firstOf = (phase: number): number =>
    Math.min(
      ...parts.filter((part) => part.phase === phase).map(({ day, first }) => day * DAY_SECONDS + first),
    );
  const next = Math.min(firstOf(2) * 1_000, firstOf(1) * 1_000 + WEEK_MS);
  return next === Infinity ? null : next;
}

function rowOf(home: Home, numbers: Numbers): Row {
  const { property_id, availability, city_key, status_id, property_type } = home;
  return { property_id, availability, city_key, status_id, property_type, ...numbers, tie: -property_id };
}

function daysOf(id: number, counted: readonly LikesPart[], history: readonly DayOfHistory[]): Row[] {
  const standing = new Map(counted.map((part) => [part.day, part]));
  const events = new Map(history.map((row) => [row.day, row]));
  return [...new Set([...standing.keys(), ...events.keys()])].map((day) => ({
    property_id: id,
    day: dateOf(day),
    likes: events.get(day)?.likes ?? 0,
    unlikes: events.get(day)?.unlikes ?? 0,
    standing: standing.get(day)?.likes ?? 0,
    weight: standing.get(day)?.weight ?? 0,
    first_second: standing.get(day)?.first ?? null,
  }));
}

/** One part a day. */
function mergeDays(parts: readonly LikesPart[]): LikesPart[] {
  return [...Map.groupBy(parts, ({ day }) => day).values()].map((same) => ({
    ...(same[0] as LikesPart),
    likes: same.reduce((sum, { likes }) => sum + likes, 0),
    weight: same.reduce((sum, { weight }) => sum + weight, 0),
    first: Math.min(...same.map(({ first }) => first)),
  }));
}

/** A day since 1970 as `YYYY-MM-DD`, and back. */
export const dateOf = (day: number): string => new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
export const numberOf = (date: string): number => Date.parse(date) / (DAY_SECONDS * 1_000);
