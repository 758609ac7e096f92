import { isDatabaseTime } from '../../database/time.js';
import type { Position } from '../../http/cursors.js';
import { InvalidParameters } from '../../http/problem.js';

/** A column of `property_search`, or a number that the search computes for each row: `distance`, `relevance`. */
type SortColumn =
  'status_since' | 'price' | 'year' | 'area' | 'popularity' | 'price_drop' | 'distance' | 'relevance';

/** A sort order. Unknown values come last in both directions; ties are broken by id in `direction`. */
export interface SortKey {
  column: SortColumn;
  direction: 'asc' | 'desc';
  /** Whether the value of a listed property can be unknown. */
  nullable: boolean;
  /** Whether `key`, from a cursor, can be a value of this column. */
  accepts: (key: string) => boolean;
}

const isWhole = (key: string): boolean => /^-?\d{1,19}$/.test(key);
const isDecimal = (key: string): boolean => /^-?\d{1,12}(\.\d{1,2})?$/.test(key);
export const SORTS = {
  newest: { column: 'status_since', direction: 'desc', nullable: false, accepts: isDatabaseTime },
  price: { column: 'price', direction: 'asc', nullable: true, accepts: isWhole },
  '-price': { column: 'price', direction: 'desc', nullable: true, accepts: isWhole },
  year: { column: 'year', direction: 'asc', nullable: true, accepts: isWhole },
  '-year': { column: 'year', direction: 'desc', nullable: true, accepts: isWhole },
  area: { column: 'area', direction: 'asc', nullable: true, accepts: isDecimal },
  '-area': { column: 'area', direction: 'desc', nullable: true, accepts: isDecimal },
  popular: { column: 'popularity', direction: 'desc', nullable: true, accepts: isWhole },
  '-priceDrop': { column: 'price_drop', direction: 'desc', nullable: true, accepts: isWhole },
  // In whole millimetres.
  distance: { column: 'distance', direction: 'asc', nullable: false, accepts: isWhole },
  relevance: { column: 'relevance', direction: 'desc', nullable: false, accepts: isWhole },
} as const satisfies Record<string, SortKey>;

export type SortName = keyof typeof SORTS;
export const SORT_NAMES = Object.keys(SORTS) as SortName[];

/** `sort` for a list that includes hidden properties: a property that never had a status has no `status_since`. */
export const withNullableStatusSince = (sort: SortKey): SortKey => ({
  ...sort,
  nullable: sort.nullable || sort.column === 'status_since',
});

/**
 * Returns `position` unchanged.
 * @throws InvalidParameters when its key cannot be a value of this sort
 */
export function checkPosition(position: Position, { nullable, accepts }: SortKey): Position {
  const [key] = position;
  if (key === null ? nullable : accepts(String(key))) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
