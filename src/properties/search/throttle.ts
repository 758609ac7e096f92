import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { TookTooLong } from '../../database/database-errors.js';
import { ProblemError } from '../../http/problem.js';

// Less than the pool has connections, so that cheap requests always find one.
const AT_ONCE = 4;
const WAITING = 24;
// What starts its last statement by then still ends within the time that a request has.
const DEADLINE_MS = 3_000;

/** Too many searches that need long are under way. */
class SearchBusy extends ProblemError {
  constructor() {
    super(
      503,
      'search-busy',
      'Too many demanding searches are under way. Try again in a moment, or narrow the search.',
      { headers: { 'retry-after': '2' } },
    );
  }
}

/** Keeps searches that look at many rows from taking all connections, and from piling up. */
@Injectable()
export class SearchThrottle {
  readonly #limit = pLimit(AT_ONCE);

  /**
   * @param search calls `goOn` before each further statement
   * @throws SearchBusy at once when many wait already, and when it has waited too long itself
   * @throws TookTooLong when `goOn` is called too late
   */
  run<T>(search: (goOn: () => void) => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= WAITING) throw new SearchBusy();
    const deadline = performance.now() + DEADLINE_MS;
    return this.#limit(() => {
      if (performance.now() > deadline) throw new SearchBusy();
      return search(() => {
        if (performance.now() > deadline) throw new TookTooLong();
      });
    });
  }
}
