import { isDatabaseTime } from '../../database/time.js';
import type { Position } from '../../http/pagination.js';
import { InvalidParameters } from '../../http/problem.js';

/** A column of `property_search` to sort by, or a number worked out for this search. */
type SortColumn = 'status_since' | 'price' | 'year' | 'area' | 'popularity' | 'distance' | 'relevance';

/** What to sort by. Unknown values come last in either direction; ties are broken by id in `direction`. */
export interface SortKey {
  column: SortColumn;
  direction: 'asc' | 'desc';
  /** Whether a visible home may lack it. */
  nullable: boolean;
  /** Whether a cursor's key can be one of this column. */
  fits: (key: string) => boolean;
}

const isWhole = (key: string): boolean => /^-?\d{1,19}$/.test(key);
const isDecimal = (key: string): boolean => /^-?\d{1,12}(\.\d{1,2})?$/.test(key);
export const SORTS = {
  newest: { column: 'status_since', direction: 'desc', nullable: false, fits: isDatabaseTime },
  price: { column: 'price', direction: 'asc', nullable: true, fits: isWhole },
  '-price': { column: 'price', direction: 'desc', nullable: true, fits: isWhole },
  year: { column: 'year', direction: 'asc', nullable: true, fits: isWhole },
  '-year': { column: 'year', direction: 'desc', nullable: true, fits: isWhole },
  area: { column: 'area', direction: 'asc', nullable: true, fits: isDecimal },
  '-area': { column: 'area', direction: 'desc', nullable: true, fits: isDecimal },
  popular: { column: 'popularity', direction: 'desc', nullable: true, fits: isWhole },
  // In millimetres, so that equal is equal.
  distance: { column: 'distance', direction: 'asc', nullable: false, fits: isWhole },
  relevance: { column: 'relevance', direction: 'desc', nullable: false, fits: isWhole },
} as const satisfies Record<string, SortKey>;

export type SortName = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as SortName[];

/** As `sort` over homes of which some were never given a status. */
export const withoutStatus = (sort: SortKey): SortKey => ({
  ...sort,
  nullable: sort.nullable || sort.column === 'status_since',
});

/** @throws InvalidParameters when the position can not be one of this sort. */
export function checkPosition(position: Position, { nullable, fits }: SortKey): Position {
  const [key] = position;
  if (key === null ? nullable : fits(String(key))) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
