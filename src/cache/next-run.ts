/**
 * Runs `work` for all callers who wait for it. A caller never gets the result of a run that began before the call: that run may
 * have missed a change. It gets the next run, which all waiting callers share.
 */
export class NextRun<Result> {
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Result> | null = null;

  constructor(private readonly work: () => Promise<Result>) {}

  get(): Promise<Result> {
    if (!this.#next) {
      const begin = (): Promise<Result> => {
        this.#next = null;
        return this.work();
      };
      this.#next = this.#last.then(begin, begin);
      this.#last = this.#next;
    }
    return this.#next;
  }
}
