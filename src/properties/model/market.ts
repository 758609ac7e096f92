import { toUtc } from '../../database/time.js';
import type { Availability } from './status.js';

/** A row of the status history. */
export interface HistoryEntry {
  /** The availability that the status gives; null is hidden. */
  readonly availability: Availability | null;
  /** Without a zone: in the zone of the database's dates. */
  readonly at: string;
}

/** When a property was available and sold, in a form that does not change while time passes. */
export interface MarketPeriods {
  /** The seconds of the available periods that have ended; null when it was never available. */
  readonly seconds: number | null;
  /** The begin of the present available period, in seconds since 1970. */
  readonly since: number | null;
  /** The text of `MarketMonths`; null when it was never public. */
  readonly months: string | null;
}

/** Months are counted from year 0, in UTC: see `monthOf()`. */
export interface MarketMonths {
  /** When it became public for the first time; null when that date is impossible. */
  readonly published: number | null;
  /** When it became sold. */
  readonly sold: readonly number[];
  /** Ranges of months at whose last moment it was available, ascending; null is open. */
  readonly available: readonly (readonly [from: number, to: number | null])[];
}

export const SECONDS_PER_DAY = 86_400;
/** The statistics show so many months. Older ones are not kept, so the text has at most 400 characters. */
export const SHOWN_MONTHS = 24;

/** The month of a time in seconds since 1970: January of the year 2000 is 24,000. */
export function monthOf(seconds: number): number {
  const date = new Date(seconds * 1_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/**
 * Derives the periods from a whole status history. A period that begins or ends at an impossible date counts nothing.
 * @param history by date, and by id where dates are equal
 * @param zone of the dates, `±hh:mm`
 */
export function marketPeriods(history: readonly HistoryEntry[], zone: string): MarketPeriods {
  const entries = history.map(({ availability, at }) => ({ availability, at: secondsOf(at, zone) }));
  let seconds: number | null = null;
  let since: number | null = null;
  const sold = new Set<number>();
  const available: [number, number | null][] = [];
  for (const [i, { availability, at }] of entries.entries()) {
    if (at === null) continue;
    if (availability === 'sold' && entries[i - 1]?.availability !== 'sold') sold.add(monthOf(at));
    if (availability !== 'available') continue;
    const next = entries[i + 1];
    if (!next) since = at;
    else if (next.at === null) continue;
    seconds = (seconds ?? 0) + (next ? next.at! - at : 0);
    addRange(available, monthOf(at), next ? monthOf(next.at!) - 1 : null);
  }
  const first = entries.find(({ availability }) => availability !== null);
  if (!first) return { seconds, since, months: null };
  const published = first.at === null ? null : monthOf(first.at);
  const kept = [published, [...sold].slice(-SHOWN_MONTHS), available.slice(-SHOWN_MONTHS / 2)];
  return { seconds, since, months: JSON.stringify(kept) };
}

export function parseMonths(text: string): MarketMonths {
  const [published, sold, available] = JSON.parse(text) as [
    MarketMonths['published'],
    MarketMonths['sold'],
    MarketMonths['available'],
  ];
  return { published, sold, available };
}

/**
 * Whole days in which a property was available, rounded down; null without any.
 * @param seconds see `MarketPeriods`, as is `since`
 * @param now in milliseconds since 1970
 */
export function daysOnMarket(seconds: number | null, since: number | null, now: number): number | null {
  if (seconds === null) return null;
  const open = since === null ? 0 : Math.max(0, Math.floor(now / 1_000) - since);
  return Math.floor((seconds + open) / SECONDS_PER_DAY);
}

/** Ranges that touch become one. */
function addRange(ranges: [number, number | null][], from: number, to: number | null): void {
  if (to !== null && to < from) return;
  const last = ranges.at(-1);
  if (last && last[1]! >= from - 1) last[1] = to;
  else ranges.push([from, to]);
}

/** @returns null for an impossible date */
function secondsOf(naive: string, zone: string): number | null {
  const utc = toUtc(naive, zone);
  return utc === null ? null : Math.floor(Date.parse(utc) / 1_000);
}
