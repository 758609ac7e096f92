import { LRUCache } from 'lru-cache';

const MAX_KEPT = 1_000;
/** A result is kept this many times as long as its computation took, so that computing takes at most 2 % of the time. */
const KEEP_FACTOR = 50;

/** Results that are expensive to compute and may be a little old. */
export class KeptResults<Result> {
  readonly #results = new LRUCache<string, Promise<Result>>({ max: MAX_KEPT });

  /** The kept result, or a new one. Concurrent callers share one computation; a failed one is not kept. */
  get(key: string, compute: () => Promise<Result>): Promise<Result> {
    const kept = this.#results.get(key);
    if (kept) return kept;
    const startedAt = performance.now();
    const result = compute();
    this.#results.set(key, result);
    result.then(
      () => this.#results.set(key, result, { ttl: Math.ceil((performance.now() - startedAt) * KEEP_FACTOR) }),
      () => this.#results.delete(key),
    );
    return result;
  }
}
