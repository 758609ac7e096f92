import { Injectable } from '@nestjs/common';
import type { PropertyFilter } from '../search/filter.js';
import type { StatusIds } from '../search/filter-sql.js';
import { countInColumns, findInColumns } from './count-in-columns.js';
import { type Counter, FACET_NAMES, type FacetRow, WITHOUT_OWN_FILTER } from './facet.js';
import { FacetRepository, hasKeptCounts } from './facet.repository.js';
import { LoadedColumns } from './loaded-columns.js';
import type { MatchingProperties } from './matching-properties.js';
import type { PropertyColumns } from './property-columns.js';
import { SearchBusy, SearchThrottle } from '../search/throttle.js';

/** A count of so many rows takes about 5 ms, and counts as one more request in the general rate limit. */
const ROWS_PER_UNIT = 250_000;
/** Without loaded columns, no more properties are read for one answer. */
const MAX_ROWS = 100_000;

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

  /**
   * The visible properties that match, in any order.
   * @throws SearchBusy (503) when there are too many to read, and the columns are not loaded
   */
  async findMatching(filter: PropertyFilter, statusIds: StatusIds): Promise<MatchingProperties> {
    const find = () => this.#inMemory(filter, (columns) => findInColumns(columns, filter, statusIds));
    let found = await find();
    if (!found) {
      await this.columns.learn(filter.words ?? []);
      found = await find();
    }
    if (found) return found;
    const rows = await this.facets.findMatching(filter, statusIds, MAX_ROWS + 1);
    if (rows.length > MAX_ROWS) throw new SearchBusy();
    return {
      ids: Int32Array.from(rows, ({ id }) => id),
      latitudes: Float64Array.from(rows, ({ latitude }) => latitude ?? NaN),
      longitudes: Float64Array.from(rows, ({ longitude }) => longitude ?? NaN),
      prices: Float64Array.from(rows, ({ price }) => price ?? NaN),
    };
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
    const count = () =>
      this.#inMemory(filter, (columns) => countInColumns(columns, counters, filter, statusIds));
    let rows = await count();
    if (!rows && words.length > 0) {
      rows = await this.facets.countRareWords(filters, statusIds);
      if (rows) return rows;
      await this.columns.learn(words);
      rows = await count();
    }
    return rows ?? this.facets.count(filters, statusIds);
  }

  /** @returns null while the columns are loaded, and when they do not know all words of the filter */
  #inMemory<T>(filter: PropertyFilter, read: (columns: PropertyColumns) => T): Promise<T | null> {
    return this.throttle.takeTurn(async (pay) => {
      const columns = await this.columns.current(filter.words);
      if (!columns) return null;
      await pay(Math.floor(columns.visible / ROWS_PER_UNIT));
      return read(columns);
    });
  }
}
