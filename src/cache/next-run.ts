import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

/**
 * Runs `work` for all callers who wait for it. A caller never gets the result of a run that began before the call: that run may
 * have missed a change. It gets the next run, which all waiting callers share. So a run has no request, and no deadline.
 */
export class NextRun<Result> {
  #running: Promise<unknown> | null = null;
  #next: Promise<Result> | null = null;
  readonly #outside = AsyncLocalStorage.snapshot();

  /** @param maxWaitMs a run that takes longer holds up no later one: both run at a time */
  constructor(
    private readonly work: () => Promise<Result>,
    private readonly maxWaitMs = Infinity,
  ) {}

  get(): Promise<Result> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<Result> {
    if (this.#running) await endOrTimeout(this.#running, this.maxWaitMs);
    // All requests that have arrived by now share the run.
    await setImmediate();
    this.#next = null;
    const run = this.#outside(() => this.work());
    this.#running = run;
    const forget = (): void => {
      if (this.#running === run) this.#running = null;
    };
    run.then(forget, forget);
    return run;
  }
}

/** Waits until the work ends, also in an error, or the time is over. */
function endOrTimeout(work: Promise<unknown>, maxWaitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = maxWaitMs === Infinity ? undefined : setTimeout(resolve, maxWaitMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}
