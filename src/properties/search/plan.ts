import type { PropertyFilter } from './filter.js';
import { conditionsOf } from './filter-sql.js';
import type { Estimate } from './selectivity.js';
import type { SortKey } from './sort.js';

/** How a page is found. README.md explains each plan. */
export type Plan =
  /** By distance: read circles of growing radius around the point. */
  | { readonly kind: 'distance rings' }
  /** By relevance: see `RelevanceRepository`. */
  | { readonly kind: 'relevance' }
  /** The index of the sort checks the whole filter: read the rows of the page from it. */
  | { readonly kind: 'index page' }
  /** Many properties match: walk the index of the sort until the page is full. */
  | { readonly kind: 'walk' }
  /** Few properties have this price or year: read them all and sort them. */
  | { readonly kind: 'selective index'; readonly column: 'price' | 'year' }
  /** Unknown share: read the first entries of the index, and decide by the number of matches. */
  | { readonly kind: 'narrow' };

/** A larger share of matching properties lets a walk fill a page soon. */
export const MIN_WALK_SHARE = 0.02;
/** Fewer rows than this are read and sorted. */
export const SELECTIVE_ROW_LIMIT = 1_000;

/** Whether `choosePlan` uses an estimate for this search. */
export function needsEstimate(filter: PropertyFilter, sort: SortKey): boolean {
  if (sort.column === 'distance' || sort.column === 'relevance') return false;
  // The ids of the statuses do not decide which columns have conditions.
  return filter.words !== undefined || conditionsOf(filter, {}).some(({ on }) => on !== sort.column);
}

/** @param estimate null when it is not needed, or when no counts are kept for this filter */
export function choosePlan(filter: PropertyFilter, sort: SortKey, estimate: Estimate | null): Plan {
  if (sort.column === 'distance') return { kind: 'distance rings' };
  if (sort.column === 'relevance') return { kind: 'relevance' };
  if (!needsEstimate(filter, sort)) return { kind: 'index page' };
  if (estimate && estimate.share > MIN_WALK_SHARE) return { kind: 'walk' };
  if (estimate && estimate.selectiveRows < SELECTIVE_ROW_LIMIT)
    return { kind: 'selective index', column: estimate.selectiveColumn };
  return { kind: 'narrow' };
}
