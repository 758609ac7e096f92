/**
 * Runs equal work once for all callers who wait for it. A caller never shares a run that began before its call, because that
 * run may have missed what the caller wrote before: all calls during a run share the next run.
 */
export class Coalescer<Result> {
  /** Each promise resolves when the run ends, also when the run fails. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<Result>>();

  /**
   * @param key equal for equal work
   * @returns the result, and whether another caller started the run
   * @throws the error of the run, for every caller who shares it
   */
  async run(key: string, work: () => Promise<Result>): Promise<{ result: Result; isShared: boolean }> {
    const shared = this.#next.get(key);
    if (shared) return { result: await shared, isShared: true };
    const running = this.#running.get(key);
    if (!running) return { result: await this.#start(key, work), isShared: false };
    const next = running.then(() => {
      this.#next.delete(key);
      return this.#start(key, work);
    });
    this.#next.set(key, next);
    return { result: await next, isShared: false };
  }

  #start(key: string, work: () => Promise<Result>): Promise<Result> {
    const result = work();
    const end = (): void => void this.#running.delete(key);
    this.#running.set(key, result.then(end, end));
    return result;
  }
}
