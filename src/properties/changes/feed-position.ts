import { ProblemError } from '../../http/problem.js';

/** How long a withdrawn property stays in the feed. */
export const KEEP_DAYS = 90;
const DAY_MS = 24 * 3_600_000;
// Sequences are below it. A day number times it is below 2^53 until the year 2059.
const DAY_FACTOR = 2 ** 38;

/**
 * Where a follower is in the feed. A follower that started from 0 needs none of the withdrawals that were purged before. Its numbers
 * have the day of the start as long as they are below the purged sequence, which is otherwise a sign of a late follower.
 */
export interface FeedPosition {
  sequence: number;
  /** Day of the start from 0, since 1970, or the day after a restore; null after the purged sequence. */
  startDay: number | null;
}

/** The state of the feed when a page was read. */
export interface FeedState {
  /** The highest sequence that was given out. */
  newest: number;
  /** The highest sequence that was purged, or that may have been given out before a restore. */
  purged: number;
  /** The day of the last restore. A start on this day counts as one of the next day. */
  restoredDay: number;
}

/** Withdrawals after this position may have been purged, or the database was restored and does not know the position. */
class ChangesGone extends ProblemError {
  constructor() {
    super('changes-gone');
  }
}

export function readPosition(after: number, now = Date.now()): FeedPosition {
  if (after === 0) return { sequence: 0, startDay: Math.floor(now / DAY_MS) };
  const startDay = Math.floor(after / DAY_FACTOR);
  return { sequence: after % DAY_FACTOR, startDay: startDay === 0 ? null : startDay };
}

/** @throws ChangesGone */
export function checkPosition(
  { sequence, startDay }: FeedPosition,
  { newest, purged, restoredDay }: FeedState,
  now = Date.now(),
): void {
  const today = Math.floor(now / DAY_MS);
  // A start on the day of a restore has the day after it.
  const lastDay = Math.max(today, restoredDay + 1);
  // A day less than the withdrawals are kept.
  const firstDay = Math.max(today - KEEP_DAYS + 2, restoredDay + 1);
  const isYoung = sequence === 0 || (startDay !== null && startDay >= firstDay && startDay <= lastDay);
  if ((sequence < purged && !isYoung) || sequence > newest) throw new ChangesGone();
}

/** The `after` of the next page. */
export function nextPosition(
  sequence: number,
  { startDay }: FeedPosition,
  { purged, restoredDay }: FeedState,
): number {
  if (startDay === null || sequence >= purged) return sequence;
  return Math.max(startDay, restoredDay + 1) * DAY_FACTOR + sequence;
}
