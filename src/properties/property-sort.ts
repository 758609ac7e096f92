import type { Position } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';

/** A column to sort by. Its unknown values come last in either direction; ties are broken by id in `direction`. */
export interface SortKey {
  column: 'status_since' | 'price' | 'year' | 'area';
  direction: 'asc' | 'desc';
  /** What stands for an unknown value; undefined where every visible home has one. */
  unknown?: null | 0;
  /** Whether a cursor's key can be one of this column. */
  fits: (key: string) => boolean;
}

const isWhole = (key: string): boolean => /^-?\d{1,19}$/.test(key);
const isDecimal = (key: string): boolean => /^-?\d{1,12}(\.\d{1,2})?$/.test(key);
// A calendar date or the zero date of old rows: MySQL takes nothing else for a date.
const isTime = (key: string): boolean => {
  if (key === '0000-00-00 00:00:00') return true;
  const time = new Date(`${key.replace(' ', 'T')}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString() === `${key.replace(' ', 'T')}.000Z`;
};

export const SORTS = {
  newest: { column: 'status_since', direction: 'desc', fits: isTime },
  price: { column: 'price', direction: 'asc', unknown: 0, fits: isWhole },
  '-price': { column: 'price', direction: 'desc', unknown: 0, fits: isWhole },
  year: { column: 'year', direction: 'asc', unknown: null, fits: isWhole },
  '-year': { column: 'year', direction: 'desc', unknown: null, fits: isWhole },
  area: { column: 'area', direction: 'asc', unknown: null, fits: isDecimal },
  '-area': { column: 'area', direction: 'desc', unknown: null, fits: isDecimal },
} as const satisfies Record<string, SortKey>;

export type SortName = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as SortName[];

/** @throws InvalidParameters when the position can not be one of this sort. */
export function checkPosition(position: Position, { unknown, fits }: SortKey): Position {
  const [key] = position;
  if (key === null ? unknown !== undefined : fits(String(key))) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
