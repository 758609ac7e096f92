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
  /** Day of the start from 0, since 1970; null after the purged sequence. */
  startDay: number | null;
}

/** The state of the feed when a page was read. */
export interface FeedState {
  /** The highest sequence that was given out. */
  newest: number;
  /** The highest sequence that was purged. */
  purged: number;
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
  { newest, purged }: FeedState,
  now = Date.now(),
): void {
  const age = startDay === null ? KEEP_DAYS : Math.floor(now / DAY_MS) - startDay;
  // A day less than the withdrawals are kept.
  const isOld = sequence < purged && !(age >= 0 && age < KEEP_DAYS - 1);
  if (isOld || sequence > newest) throw new ChangesGone();
}

/** The `after` of the next page. */
export function nextPosition(sequence: number, { startDay }: FeedPosition, { purged }: FeedState): number {
  return startDay === null || sequence >= purged ? sequence : startDay * DAY_FACTOR + sequence;
}
