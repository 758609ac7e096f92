import type { PropertyRow } from '../../properties/model/property-row.js';
import type { WindowCounts } from '../model/score.js';
import type { RankingKey } from './ranking-query.js';

/** A ranked property with the columns that a list shows. */
export interface RankedRow extends RankingKey, PropertyRow {
  /** The likes of seven days in the trending list, otherwise 0. */
  readonly d7: number;
  /** The likes of untrusted accounts, which `total` does not include. */
  readonly untrusted: number;
  /** The version that the row was read from. */
  readonly version: number;
}

/** The checkpoint values that a read depends on. */
export interface SnapshotRow {
  version: number;
  halfLifeDays: number | null;
  /** The latest time that numbers were computed for, in milliseconds since 1970. */
  countedTo: number;
  /** The earliest `ranking.due_at`, in milliseconds since 1970; null without one. */
  dueAt: number | null;
  /** The last UTC day of all windows, in days since 1970. */
  day: number;
}

export interface NumbersRow extends WindowCounts {
  /** The trending number, see trendingNumber(). */
  hot: number | null;
  /** The likes of untrusted accounts, which no other number includes. */
  untrusted: number;
}
