import { Logger } from '@nestjs/common';
import { isBadValue, isLockWaitTimeout } from '../database/server-errors.js';

// Lock waits of one run; each takes up to `innodb_lock_wait_timeout`. After that many, the run skips all remaining ids.
const MAX_LOCK_WAITS = 2;

/**
 * Runs work over ids in batches. An id is skipped when another transaction has locked its row; the caller passes it again in
 * the next run. A row with a value that cannot be stored is logged once and does not stop the other rows.
 */
export class BatchRunner {
  /** Ids whose locks timed out: later runs try them last, one by one. */
  readonly #blocked = new Set<number>();
  readonly #logged = new Set<number>();
  readonly #logger: Logger;

  /** @param rowName what a row is called in the log */
  constructor(
    private readonly batchSize: number,
    private readonly rowName: string,
  ) {
    this.#logger = new Logger(rowName);
  }

  /**
   * @param work processes a batch, or nothing of it when it throws, and returns the ids that it skipped
   * @returns all ids that were skipped; without the ids of bad values, which are not to be tried again
   */
  async run(
    ids: readonly number[],
    work: (batch: readonly number[]) => Promise<readonly number[]>,
  ): Promise<Set<number>> {
    const skipped = new Set<number>();
    let lockWaits = 0;
    const attempt = async (batch: readonly number[]): Promise<void> => {
      try {
        for (const id of lockWaits < MAX_LOCK_WAITS ? await work(batch) : batch) skipped.add(id);
      } catch (error) {
        const isBad = isBadValue(error);
        if (!isBad && !isLockWaitTimeout(error)) throw error;
        if (!isBad) lockWaits++;
        const [id] = batch;
        if (batch.length > 1) for (const single of batch) await attempt([single]);
        else if (id !== undefined && isBad) this.#logBadValue(id, error);
        else if (id !== undefined) {
          skipped.add(id);
          this.#blocked.add(id);
        }
      }
    };
    const blocked = ids.filter((id) => this.#blocked.has(id));
    const others = ids.filter((id) => !blocked.includes(id));
    for (const batch of chunk(others, this.batchSize)) await attempt(batch);
    for (const id of blocked) {
      await attempt([id]);
      if (!skipped.has(id)) this.#blocked.delete(id);
    }
    return skipped;
  }

  #logBadValue(id: number, error: unknown): void {
    if (this.#logged.has(id)) return;
    this.#logged.add(id);
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    this.#logger.error(
      `${this.rowName} ${id} has a value that cannot be stored: database error ${errno} (${sqlState})`,
    );
  }
}

/** Splits `items` into arrays of `size`; the last may be shorter. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
