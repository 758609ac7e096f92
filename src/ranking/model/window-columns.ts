import { SORT_COLUMNS, type SortColumn } from './score.js';

/**
 * The ranking tables have two sets of window counts: one for even days and one for odd days (days since 1970). Lists read the set
 * of `ranking_state.day`. The other set is filled with the counts of the next day before that day begins, so the windows of all
 * properties move when `day` moves.
 */
export type WindowSet = Readonly<Record<Exclude<SortColumn, 'hot'>, string>>;

export const EVEN_SET: WindowSet = {
  d1: 'd1',
  d7: 'd7',
  d30: 'd30',
  d90: 'd90',
  d365: 'd365',
  // A copy, the tie-break: with `total` itself, a like would move index entries of both sets.
  total: 'total_even',
};
export const ODD_SET: WindowSet = {
  d1: 'd1_odd',
  d7: 'd7_odd',
  d30: 'd30_odd',
  d90: 'd90_odd',
  d365: 'd365_odd',
  total: 'total_odd',
};

/** The set that holds the windows whose last day is `day`, in days since 1970. */
export const windowSetOf = (day: number): WindowSet => (day % 2 === 0 ? EVEN_SET : ODD_SET);

/** The columns that a list is sorted by, before the id. */
export interface ListColumns {
  readonly value: string;
  readonly total: string;
}

/** Columns that do not change at the end of a day. */
const WITHOUT_WINDOW: ReadonlySet<SortColumn> = new Set(['hot', 'total']);

/** The columns of a list in `ranking` and `ranking_week_ago` while the windows end on `day`. */
export function listColumnsOf(column: SortColumn, day: number): ListColumns {
  if (WITHOUT_WINDOW.has(column)) return { value: column, total: 'total' };
  const set = windowSetOf(day);
  return { value: set[column as keyof WindowSet], total: set.total };
}

/** The columns of every list, of both sets. */
export const ALL_LISTS: readonly ListColumns[] = SORT_COLUMNS.flatMap((column) =>
  WITHOUT_WINDOW.has(column)
    ? [listColumnsOf(column, 0)]
    : [listColumnsOf(column, 0), listColumnsOf(column, 1)],
);

/** The index of a list. @param value the first of its columns */
export const sortIndexOf = (table: string, kind: 'country' | 'city', value: string): string =>
  `${table}_${kind === 'city' ? 'city_' : ''}${value}`;
