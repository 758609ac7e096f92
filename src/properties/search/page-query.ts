import type { Position } from '../../http/pagination.js';
import type { PropertyFilter } from './filter.js';
import type { SortKey } from './sort.js';
import type { StatusIds } from './filter-sql.js';

/** One page of a search, as it is asked of the database. */
export interface PageQuery {
  readonly filter: PropertyFilter;
  readonly statusIds: StatusIds;
  readonly sort: SortKey;
  readonly after: Position | null;
  readonly limit: number;
}
