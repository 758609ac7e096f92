import type { Position } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';

/** A column to sort by. Its unknown values come last in either direction; ties are broken by id in `direction`. */
export interface SortKey {
  column: 'status_since' | 'price' | 'year' | 'area';
  direction: 'asc' | 'desc';
  /** What stands for an unknown value; undefined where every visible home has one. */
  unknown?: null | 0;
  /** What a cursor's key must look like. */
  form: RegExp;
}

const WHOLE = /^-?\d{1,19}$/;
const DECIMAL = /^-?\d{1,12}(\.\d{1,2})?$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

export const SORTS = {
  newest: { column: 'status_since', direction: 'desc', form: TIME },
  price: { column: 'price', direction: 'asc', unknown: 0, form: WHOLE },
  '-price': { column: 'price', direction: 'desc', unknown: 0, form: WHOLE },
  year: { column: 'year', direction: 'asc', unknown: null, form: WHOLE },
  '-year': { column: 'year', direction: 'desc', unknown: null, form: WHOLE },
  area: { column: 'area', direction: 'asc', unknown: null, form: DECIMAL },
  '-area': { column: 'area', direction: 'desc', unknown: null, form: DECIMAL },
} as const satisfies Record<string, SortKey>;

export type SortName = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as SortName[];

/** @throws InvalidParameters when the position can not be one of this sort. */
export function checkPosition(position: Position, { unknown, form }: SortKey): Position {
  const [key] = position;
  const fits = key === null ? unknown !== undefined : form.test(String(key));
  if (fits) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
