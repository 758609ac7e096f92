import type { Position } from '../../http/cursors.js';
import type { PropertyFilter } from './filter.js';
import type { SortKey } from './sort.js';
import type { StatusIds } from './filter-sql.js';

/** One page of a search. */
export interface PageQuery {
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  readonly sort: SortKey;
  /** The end of the page before; null for the first page. */
  readonly after: Position | null;
  /** Maximal number of rows. */
  readonly limit: number;
}

/** The values that decide the cost of a page, without its length. */
export const searchedBy = ({ filter, sort, after }: PageQuery): unknown[] => [sort, filter, after];
