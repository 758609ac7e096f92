import {
  COLUMN_OF_WINDOW,
  type DailyLikes,
  DAY_SECONDS,
  dayOf,
  numbersOf,
  type RankingNumbers,
  WEEK_DAYS,
  WEEK_MS,
  type WindowCounts,
} from '../model/score.js';
import { scopeOf } from '../model/scope.js';
import { windowSetOf, type WindowSet } from '../model/window-columns.js';

// Pure: derives the rows of a property from its likes and like events.

/** The columns of a property that its ranking rows copy. */
export interface PropertyColumns {
  readonly property_id: number;
  readonly availability: string | null;
  readonly city_key: string;
  readonly status_id: number | null;
  readonly property_type: string;
}

/** Current likes of a property that were made on one day and are in one phase. */
export interface LikesOfPhase extends DailyLikes {
  /** 0: at least seven days old; 1: newer; 2: dated in the future. */
  readonly phase: 0 | 1 | 2;
  /** The time of the first of these likes, in seconds since the beginning of the day. */
  readonly first: number;
}

/** Current likes of untrusted accounts. */
export interface UntrustedLikes {
  readonly count: number;
  /** The time of the first of them that is dated in the future, in seconds since 1970; null without one. They are not in `count`. */
  readonly nextAt: number | null;
}

/** The number of like events of one day. */
export interface EventsOfDay {
  readonly day: number;
  readonly likes: number;
  readonly unlikes: number;
}

/** A row of `ranking_day`. */
export interface StoredDay {
  readonly property_id: number;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly likes: number;
  readonly unlikes: number;
  readonly standing: number;
  readonly weight: number;
  readonly first_second: number | null;
}

/** The instant and the half-life that scores are computed with. */
export interface ScoreParameters {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly halfLifeDays: number;
  /** Whether the windows of the next day are stored, too. */
  readonly preparesNextDay: boolean;
}

/** A row of a ranking table, by column. */
export type TableRow = Record<string, string | number | null>;

export interface DerivedRows {
  /** The row of `ranking`, without its version; null without likes. */
  readonly now: TableRow | null;
  /** The row of `ranking_week_ago`; null without likes of that age. */
  readonly weekAgo: TableRow | null;
  readonly days: TableRow[];
  /** The current trending number. */
  readonly popularity: number | null;
}

/** Whether likes of this day may be in different phases. Such days are always read: seven days before, and today or later. */
export function isBoundaryDay(day: number, { time }: ScoreParameters): boolean {
  return day === dayOf(time - WEEK_MS) || day >= dayOf(time);
}

/** Takes the likes of days that were not read again from their stored rows. */
export function likesOfStored(days: readonly StoredDay[], { time }: ScoreParameters): LikesOfPhase[] {
  return days.flatMap(({ day: date, standing: likes, weight, first_second: first }) => {
    const day = numberOfDate(date);
    return likes > 0
      ? [{ day, likes, weight, first: first ?? 0, phase: day < dayOf(time - WEEK_MS) ? 0 : 1 }]
      : [];
  });
}

export function deriveRows(
  property: PropertyColumns,
  likes: readonly LikesOfPhase[],
  untrusted: UntrustedLikes,
  events: readonly EventsOfDay[],
  { time, halfLifeDays, preparesNextDay }: ScoreParameters,
): DerivedRows {
  const counted = mergePhases(likes.filter(({ phase }) => phase < 2));
  const before = mergePhases(likes.filter(({ phase }) => phase === 0));
  const today = dayOf(time);
  const rowOf = (group: readonly LikesOfPhase[], lagDays: number): TableRow => {
    const numbersAt = (day: number): RankingNumbers => numbersOf(group, day - lagDays, halfLifeDays);
    const numbers = numbersAt(today);
    return {
      ...listColumns(property, numbers),
      ...windowColumns(numbers, windowSetOf(today)),
      ...(preparesNextDay ? windowColumns(numbersAt(today + 1), windowSetOf(today + 1)) : {}),
    };
  };
  const hasLikes = likes.length > 0 || untrusted.count > 0 || untrusted.nextAt !== null;
  const now = hasLikes ? rowOf(counted, 0) : null;
  return {
    now: now && { ...now, untrusted: untrusted.count, due_at: nextDueAt(likes, untrusted) },
    weekAgo: before.length > 0 ? rowOf(before, WEEK_DAYS) : null,
    days: dayRows(property.property_id, counted, events),
    popularity: (now?.['hot'] ?? null) as number | null,
  };
}

/** When a like dated in the future starts to count, or a like becomes seven days old; milliseconds, null is never. */
function nextDueAt(likes: readonly LikesOfPhase[], { nextAt }: UntrustedLikes): number | null {
  const firstSecondOf = (phase: number): number =>
    Math.min(
      ...likes.filter((group) => group.phase === phase).map(({ day, first }) => day * DAY_SECONDS + first),
    );
  const next = Math.min(
    firstSecondOf(2) * 1_000,
    firstSecondOf(1) * 1_000 + WEEK_MS,
    (nextAt ?? Infinity) * 1_000,
  );
  return next === Infinity ? null : next;
}

function listColumns(property: PropertyColumns, { trending, total }: RankingNumbers): TableRow {
  const { property_id, availability, city_key, status_id, property_type } = property;
  return {
    property_id,
    availability,
    city_key,
    status_id,
    property_type,
    country_scope: scopeOf({ availability }),
    city_scope: scopeOf({ availability, cityKey: city_key }),
    hot: trending,
    total,
    tie: -property_id,
  };
}

const windowColumns = (counts: WindowCounts, set: WindowSet): TableRow =>
  Object.fromEntries(
    Object.values(COLUMN_OF_WINDOW).map((column): [string, number] => [set[column], counts[column]]),
  );

/** A row of `ranking_past`: the numbers that a stored row has on `day`. */
export function pastRow(row: TableRow, day: number): TableRow {
  const kept = [
    'property_id',
    'availability',
    'city_key',
    'status_id',
    'property_type',
    'hot',
    'untrusted',
    'tie',
  ];
  const windows = Object.entries(windowSetOf(day)).map(([column, stored]) => [column, row[stored]]);
  return Object.fromEntries([...kept.map((column) => [column, row[column]]), ...windows]) as TableRow;
}

function dayRows(id: number, counted: readonly LikesOfPhase[], events: readonly EventsOfDay[]): TableRow[] {
  const likesByDay = new Map(counted.map((group) => [group.day, group]));
  const eventsByDay = new Map(events.map((row) => [row.day, row]));
  return [...new Set([...likesByDay.keys(), ...eventsByDay.keys()])].map((day) => ({
    property_id: id,
    day: dateOfNumber(day),
    likes: eventsByDay.get(day)?.likes ?? 0,
    unlikes: eventsByDay.get(day)?.unlikes ?? 0,
    standing: likesByDay.get(day)?.likes ?? 0,
    weight: likesByDay.get(day)?.weight ?? 0,
    first_second: likesByDay.get(day)?.first ?? null,
  }));
}

function mergePhases(likes: readonly LikesOfPhase[]): LikesOfPhase[] {
  return [...Map.groupBy(likes, ({ day }) => day).values()].map((sameDay) => ({
    ...(sameDay[0] as LikesOfPhase),
    likes: sameDay.reduce((sum, group) => sum + group.likes, 0),
    weight: sameDay.reduce((sum, { weight }) => sum + weight, 0),
    first: Math.min(...sameDay.map(({ first }) => first)),
  }));
}

/** Converts days since 1970 to `YYYY-MM-DD`. */
export const dateOfNumber = (day: number): string =>
  new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
/** Converts `YYYY-MM-DD` to days since 1970. */
export const numberOfDate = (date: string): number => Date.parse(date) / (DAY_SECONDS * 1_000);
