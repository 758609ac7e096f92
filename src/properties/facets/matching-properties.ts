import type { MarketMonths } from '../model/market.js';

/** The numbers for statistics: element `i` of each array belongs to the same property. NaN is unknown. */
export interface MatchingMarket {
  readonly prices: Float64Array;
  readonly areas: Float64Array;
  /** On the market. */
  readonly days: Float64Array;
  /** The times on the market, each with the number of properties that have them. */
  readonly months: Iterable<readonly [MarketMonths, number]>;
}

/** Properties as columns: element `i` of each array belongs to the same property. */
export interface MatchingProperties {
  readonly ids: Int32Array;
  /** Degrees. */
  readonly latitudes: Float64Array;
  readonly longitudes: Float64Array;
  /** NaN is unknown. */
  readonly prices: Float64Array;
}
