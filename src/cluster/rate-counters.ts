import { hash, randomBytes } from 'node:crypto';

/** Requests in the current window, and the milliseconds until it ends. */
export interface Count {
  current: number;
  ttl: number;
}

/** A request to count units of a key, for a limit with one window. */
export type Question = readonly [limit: string, key: string, windowMs: number, units: number];

const ROWS = 4;
const CELLS_PER_ROW = 65_536;

/**
 * Counts requests by key in fixed windows, each limit by itself. A count-min sketch: 1 MB for each limit, however many keys there
 * are. Strangers cannot make it forget a key: a count is never too low. It is too high when each of the four cells of a key is also
 * a cell of others: of 100,000 other requests in the window, 98 % of the keys get at most 4 (e * 100,000 / 65,536).
 */
export class RateCounters {
  readonly #limits = new Map<string, { cells: Uint32Array; endsAt: number }>();
  // The seed is secret: callers cannot find out which keys share cells.
  readonly #seed = randomBytes(16).toString('hex');

  add([limit, key, windowMs, units]: Question, now = Date.now()): Count {
    let window = this.#limits.get(limit);
    if (!window) {
      window = { cells: new Uint32Array(ROWS * CELLS_PER_ROW), endsAt: 0 };
      this.#limits.set(limit, window);
    }
    if (window.endsAt <= now) {
      window.cells.fill(0);
      window.endsAt = now + windowMs;
    }
    const { cells, endsAt } = window;
    const places = this.#placesOf(key);
    const current = Math.min(...places.map((place) => cells[place]!)) + units;
    // Cells that are higher already stay (conservative update).
    for (const place of places) cells[place] = Math.max(cells[place]!, current);
    return { current, ttl: endsAt - now };
  }

  #placesOf(key: string): number[] {
    const bytes = hash('sha256', this.#seed + key, 'buffer');
    return Array.from({ length: ROWS }, (_, row) => row * CELLS_PER_ROW + bytes.readUInt16LE(2 * row));
  }
}
