import { LRUCache } from 'lru-cache';

/** Keeps results of `load` in memory. Concurrent callers share one load; a failed load is not kept. */
export class LoadCache<Key extends string | number, Value> {
  readonly #results: LRUCache<Key, Promise<Value>>;

  /** @param options.maxAge milliseconds; 0 is forever */
  constructor({ maxSize, maxAge }: { maxSize: number; maxAge: number }) {
    this.#results = new LRUCache({ max: maxSize, ttl: maxAge });
  }

  get(key: Key, load: () => Promise<Value>): Promise<Value> {
    const known = this.#results.get(key);
    if (known) return known;
    const result = load();
    this.#results.set(key, result);
    result.catch(() => this.#results.delete(key));
    return result;
  }

  delete(key: Key): void {
    this.#results.delete(key);
  }
}
