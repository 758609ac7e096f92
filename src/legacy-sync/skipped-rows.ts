import type { Checkpoint } from './legacy-sync-reader.js';

/** Positions of the sources: after a crash, reading starts there again. */
type Positions = Pick<Checkpoint, 'status_history_id' | 'like_id' | 'changed_to'>;

/** Rows that were skipped because other transactions have locked them. They are tried again until they are free. */
export class SkippedRows {
  /** For each id the positions before it was read. The rows that were tried last are at the end. */
  readonly #since = new Map<number, Positions>();

  has(id: number): boolean {
    return this.#since.has(id);
  }

  /** The next `limit` ids to try again. */
  next(limit: number): number[] {
    return [...this.#since.keys()].slice(0, limit);
  }

  /**
   * @param tried ids that were tried
   * @param skipped those among them that are still locked
   * @param positions before they were read
   */
  update(tried: readonly number[], skipped: ReadonlySet<number>, positions: Positions): void {
    for (const id of tried) {
      const since = this.#since.get(id) ?? positions;
      this.#since.delete(id);
      if (skipped.has(id)) this.#since.set(id, since);
    }
  }

  /** The checkpoint to store: none of its positions is after a row that was skipped. */
  before(checkpoint: Checkpoint): Checkpoint {
    const first = { ...checkpoint };
    for (const since of this.#since.values()) {
      first.status_history_id = Math.min(first.status_history_id, since.status_history_id);
      first.like_id = Math.min(first.like_id, since.like_id);
      first.changed_to = earlier(first.changed_to, since.changed_to);
    }
    return first;
  }
}

/** Null is the beginning of time. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return one < other ? one : other;
}
