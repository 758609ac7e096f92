import { LRUCache } from 'lru-cache';

/** Requests in the current window, and the milliseconds until it ends. */
export interface Count {
  current: number;
  ttl: number;
}

const MAX_COUNTERS = 50_000;

/** Counts requests by key in fixed windows. */
export class RateCounters {
  readonly #windows = new LRUCache<string, { current: number; endsAt: number }>({ max: MAX_COUNTERS });

  add(key: string, windowMs: number, now = Date.now()): Count {
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { current: 0, endsAt: now + windowMs };
      this.#windows.set(key, window);
    }
    window.current++;
    return { current: window.current, ttl: window.endsAt - now };
  }
}
