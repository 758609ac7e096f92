import { Logger } from '@nestjs/common';
import { isBadValue, isLockWaitTimeout, isStatementTimeout } from '../database/server-errors.js';

// Timeouts of one run; each takes up to `innodb_lock_wait_timeout` or the time limit of a statement. After that many, the run
// skips all remaining ids.
const MAX_TIMEOUTS = 2;

/**
 * Runs work over ids in batches. An id is skipped when another transaction has locked its row; the caller passes it again in
 * the next run. A row with a value that cannot be stored, or whose statement exceeds the time limit, is logged once and does not
 * stop the other rows.
 */
export class BatchRunner {
  /** Ids that timed out: later runs try them last, one by one. */
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
   * @param onTooLong is called with each id whose statement exceeds the time limit
   * @returns all ids that were skipped; without the ids that were logged, which are not to be tried again
   */
  async run(
    ids: readonly number[],
    work: (batch: readonly number[]) => Promise<readonly number[]>,
    onTooLong: (id: number) => void = () => {},
  ): Promise<Set<number>> {
    const skipped = new Set<number>();
    let timeouts = 0;
    const attempt = async (batch: readonly number[]): Promise<void> => {
      try {
        for (const id of timeouts < MAX_TIMEOUTS ? await work(batch) : batch) skipped.add(id);
      } catch (error) {
        const isBad = isBadValue(error);
        const isLocked = isLockWaitTimeout(error);
        if (!isBad && !isLocked && !isStatementTimeout(error)) throw error;
        if (!isBad) timeouts++;
        const [id] = batch;
        if (batch.length > 1) for (const single of batch) await attempt([single]);
        else if (id !== undefined) {
          if (!isBad) this.#blocked.add(id);
          if (isLocked) skipped.add(id);
          else {
            this.#log(id, isBad ? 'has a value that cannot be stored' : 'takes too long', error);
            if (!isBad) onTooLong(id);
          }
        }
      }
    };
    const blocked = ids.filter((id) => this.#blocked.has(id));
    const others = ids.filter((id) => !blocked.includes(id));
    for (const batch of chunk(others, this.batchSize)) await attempt(batch);
    for (const id of blocked) {
      this.#blocked.delete(id);
      await attempt([id]);
    }
    return skipped;
  }

  #log(id: number, problem: string, error: unknown): void {
    if (this.#logged.has(id)) return;
    this.#logged.add(id);
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    this.#logger.error(`${this.rowName} ${id} ${problem}: database error ${errno} (${sqlState})`);
  }
}

/** Splits `items` into arrays of `size`; the last may be shorter. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
