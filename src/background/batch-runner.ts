import { Logger } from '@nestjs/common';
import { isBadValue, isLockWaitTimeout } from '../database/transaction.js';

// Each is as long as the database waits for a lock.
const MOST_WAITS = 2;

/**
 * Does something to rows in parts, again and again. What others have locked is left for the next time: they may have it for
 * long, and nothing else must wait for that. What it can not be done to is told once, and passed by.
 */
export class BatchRunner {
  /** What was waited for in vain, and comes after all others. */
  readonly #blocked = new Set<number>();
  readonly #told = new Set<number>();
  readonly #logger: Logger;

  /** @param what the rows are, in the log */
  constructor(
    private readonly size: number,
    private readonly what: string,
  ) {
    this.#logger = new Logger(what);
  }

  /**
   * @param work does all of a part or, when it waits for a lock in vain, nothing; gives those for which it was not to be done
   * @returns all of those
   */
  async run(
    ids: readonly number[],
    work: (part: readonly number[]) => Promise<readonly number[]>,
  ): Promise<Set<number>> {
    const left = new Set<number>();
    let waits = 0;
    const attempt = async (part: readonly number[]): Promise<void> => {
      try {
        for (const id of waits < MOST_WAITS ? await work(part) : part) left.add(id);
      } catch (error) {
        const isBad = isBadValue(error);
        if (!isBad && !isLockWaitTimeout(error)) throw error;
        if (!isBad) waits++;
        const [id] = part;
        if (part.length > 1) for (const one of part) await attempt([one]);
        else if (id !== undefined && isBad) this.#tell(id, error);
        else if (id !== undefined) {
          left.add(id);
          this.#blocked.add(id);
        }
      }
    };
    const blocked = ids.filter((id) => this.#blocked.has(id));
    for (const part of chunk(
      ids.filter((id) => !blocked.includes(id)),
      this.size,
    ))
      await attempt(part);
    for (const id of blocked) {
      await attempt([id]);
      if (!left.has(id)) this.#blocked.delete(id);
    }
    return left;
  }

  #tell(id: number, error: unknown): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    this.#logger.error(
      `${this.what} ${id} has a value that can not be used: database error ${errno} (${sqlState})`,
    );
  }
}

export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
