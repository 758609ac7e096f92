import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { TookTooLong } from '../../database/database-errors.js';
import { ProblemError } from '../../http/problem.js';

// Fewer than the connections of the pool: cheap requests always find a free one.
const MAX_RUNNING_SEARCHES = 4;
const MAX_WAITING_SEARCHES = 24;
// Bounds the time from the request to the start of the search, and to each `checkDeadline`. The limit of the server bounds the
// last statement.
const MAX_DELAY_MS = 3_000;

/** Too many demanding searches run or wait already. */
export class SearchBusy extends ProblemError {
  constructor() {
    super('search-busy');
  }
}

/** Limits the searches that read many rows: how many run at a time, how many wait, and for how long. */
@Injectable()
export class SearchThrottle {
  readonly #limit = pLimit(MAX_RUNNING_SEARCHES);

  /**
   * Runs `search` when a slot is free.
   * @param search calls `checkDeadline` before each further statement
   * @throws SearchBusy (503), synchronously, when the queue is full; asynchronously, when the search waited too long
   * @throws TookTooLong (503) from `checkDeadline`, after the deadline
   */
  run<T>(search: (checkDeadline: () => void) => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING_SEARCHES) throw new SearchBusy();
    const deadline = performance.now() + MAX_DELAY_MS;
    return this.#limit(() => {
      if (performance.now() > deadline) throw new SearchBusy();
      return search(() => {
        if (performance.now() > deadline) throw new TookTooLong();
      });
    });
  }
}
