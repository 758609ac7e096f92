import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { daysOnMarket, parseMonths } from '../model/market.js';
import type { PropertyFilter } from '../search/filter.js';
import type { StatusIds } from '../search/filter-sql.js';
import { countInColumns, findInColumns, findMarketInColumns } from './count-in-columns.js';
import { type Counter, FACET_NAMES, type FacetRow, WITHOUT_OWN_FILTER } from './facet.js';
import { FacetRepository, hasKeptCounts } from './facet.repository.js';
import { LoadedColumns } from './loaded-columns.js';
import type { MatchingMarket, MatchingProperties } from './matching-properties.js';
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
    const columns = ['property_id', 'latitude', 'longitude', 'price'] as const;
    const found = await this.#find(columns, filter, statusIds, (inMemory) =>
      findInColumns(inMemory, filter, statusIds),
    );
    if (!Array.isArray(found)) return found;
    return {
      ids: Int32Array.from(found, (row) => row.property_id),
      latitudes: Float64Array.from(found, ({ latitude }) => latitude ?? NaN),
      longitudes: Float64Array.from(found, ({ longitude }) => longitude ?? NaN),
      prices: Float64Array.from(found, ({ price }) => price ?? NaN),
    };
  }

  /**
   * The numbers for statistics of the visible properties that match.
   * @param now in milliseconds since 1970
   * @throws SearchBusy (503) as `findMatching`
   */
  async findMarket(filter: PropertyFilter, statusIds: StatusIds, now: number): Promise<MatchingMarket> {
    const columns = ['price', 'area', 'market_seconds', 'market_since', 'market_months'] as const;
    const found = await this.#find(columns, filter, statusIds, (inMemory) =>
      findMarketInColumns(inMemory, filter, statusIds, now),
    );
    if (!Array.isArray(found)) return found;
    const same = Map.groupBy(found, (row) => row.market_months);
    return {
      prices: Float64Array.from(found, ({ price }) => price ?? NaN),
      areas: Float64Array.from(found, ({ area }) => area ?? NaN),
      days: Float64Array.from(found, (row) => daysOnMarket(row.market_seconds, row.market_since, now) ?? NaN),
      months: [...same].flatMap(([text, rows]) =>
        text === null ? [] : [[parseMonths(text), rows.length] as const],
      ),
    };
  }

  /** Reads the matching properties from the columns in memory, or these columns of them from the database. */
  async #find<T, Column extends keyof Selectable<Tables['property_search']>>(
    columns: readonly Column[],
    filter: PropertyFilter,
    statusIds: StatusIds,
    read: (inMemory: PropertyColumns) => T,
  ): Promise<T | Pick<Selectable<Tables['property_search']>, Column>[]> {
    let found = await this.#inMemory(filter, read);
    if (!found) {
      await this.columns.learn(filter.words ?? []);
      found = await this.#inMemory(filter, read);
    }
    if (found) return found;
    const rows = await this.facets.findMatching(columns, filter, statusIds, MAX_ROWS + 1);
    if (rows.length > MAX_ROWS) throw new SearchBusy();
    return rows;
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
