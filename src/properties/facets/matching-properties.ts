/** Properties as columns: element `i` of each array belongs to the same property. */
export interface MatchingProperties {
  readonly ids: Int32Array;
  /** Degrees. */
  readonly latitudes: Float64Array;
  readonly longitudes: Float64Array;
  /** NaN is unknown. */
  readonly prices: Float64Array;
}
