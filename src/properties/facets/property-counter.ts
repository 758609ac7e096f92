import { Injectable } from '@nestjs/common';
import type { PropertyFilter } from '../search/filter.js';
import type { StatusIds } from '../search/filter-sql.js';
import { countInColumns } from './count-in-columns.js';
import { type Counter, FACET_NAMES, type FacetRow, WITHOUT_OWN_FILTER } from './facet.js';
import { FacetRepository, hasKeptCounts } from './facet.repository.js';
import { LoadedColumns } from './loaded-columns.js';
import { SearchThrottle } from '../search/throttle.js';

/** A count of so many rows takes about 5 ms, and counts as one more request in the general rate limit. */
const ROWS_PER_UNIT = 250_000;

/**
 * Counts properties: from the kept counts when they suffice, else in memory. The database counts while the columns are loaded, and
 * it counts hidden properties and rare words.
 */
@Injectable()
export class PropertyCounter {
  constructor(
    private readonly facets: FacetRepository,
    private readonly columns: LoadedColumns,
    private readonly throttle: SearchThrottle,
  ) {}

  /** How many properties match. */
  async countMatching(filter: PropertyFilter, statusIds: StatusIds): Promise<number> {
    if (!filter.includeHidden) return this.#total(filter, statusIds);
    // Visible properties are counted apart, as fast as without hidden ones.
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
    const filters = new Map(
      counters.map((counter) => {
        const own = counter === 'total' ? {} : WITHOUT_OWN_FILTER[counter];
        return [counter, { ...filter, ...own }];
      }),
    );
    const { words = [], includeHidden } = filter;
    if (includeHidden || hasKeptCounts(filter)) return this.facets.count(filters, statusIds);
    let rows = await this.#countInMemory(counters, filter, statusIds);
    if (!rows && words.length > 0) {
      rows = await this.facets.countRareWords(filters, statusIds);
      if (rows) return rows;
      await this.columns.learn(words);
      rows = await this.#countInMemory(counters, filter, statusIds);
    }
    return rows ?? this.facets.count(filters, statusIds);
  }

  /** @returns null while the columns are loaded, and when they do not know all words */
  #countInMemory(
    counters: readonly Counter[],
    filter: PropertyFilter,
    statusIds: StatusIds,
  ): Promise<FacetRow[] | null> {
    return this.throttle.takeTurn(async (pay) => {
      const columns = await this.columns.current(filter.words);
      if (!columns) return null;
      await pay(Math.floor(columns.visible / ROWS_PER_UNIT));
      return countInColumns(columns, counters, filter, statusIds);
    });
  }
}
