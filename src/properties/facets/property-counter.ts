import { Injectable } from '@nestjs/common';
import type { PropertyFilter } from '../search/filter.js';
import type { StatusIds } from '../search/filter-sql.js';
import { countInColumns } from './count-in-columns.js';
import { type Counter, FACET_NAMES, type FacetRow, WITHOUT_OWN_FILTER } from './facet.js';
import { FacetRepository, hasKeptCounts } from './facet.repository.js';
import { LoadedColumns } from './loaded-columns.js';

/** Counts properties: from the kept counts when they suffice, else in memory, else (words, hidden properties) in the database. */
@Injectable()
export class PropertyCounter {
  constructor(
    private readonly facets: FacetRepository,
    private readonly columns: LoadedColumns,
  ) {}

  /** How many properties match. */
  async countMatching(filter: PropertyFilter, statusIds: StatusIds): Promise<number> {
    if (!filter.includeHidden) return this.#total(filter, statusIds);
    // Only the database knows the hidden ones. Visible ones are counted apart, as fast as without hidden ones.
    const [visible, hidden] = await Promise.all([
      this.#total({ ...filter, includeHidden: undefined }, statusIds),
      this.#total({ ...filter, statuses: [] }, statusIds),
    ]);
    return visible + hidden;
  }

  /** Counts each facet with all filters except its own, and the total with all filters. */
  async countFacets(filter: PropertyFilter, statusIds: StatusIds): Promise<FacetRow[]> {
    return this.#count(['total', ...FACET_NAMES], filter, statusIds);
  }

  async #total(filter: PropertyFilter, statusIds: StatusIds): Promise<number> {
    return (await this.#count(['total'], filter, statusIds))[0]?.homes ?? 0;
  }

  async #count(
    counters: readonly Counter[],
    filter: PropertyFilter,
    statusIds: StatusIds,
  ): Promise<FacetRow[]> {
    const needsDatabase = filter.words || filter.includeHidden || hasKeptCounts(filter);
    const columns = needsDatabase ? null : await this.columns.current();
    if (columns) return countInColumns(columns, counters, filter, statusIds);
    const filters = counters.map((counter) => {
      const own = counter === 'total' ? {} : WITHOUT_OWN_FILTER[counter];
      return [counter, { ...filter, ...own }] as const;
    });
    return this.facets.count(new Map(filters), statusIds);
  }
}
