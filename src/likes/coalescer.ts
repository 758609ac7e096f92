/**
 * Runs equal work once for all callers who wait for it. A caller never shares work that began before they asked, which may
 * have missed what they did since: whoever asks while it runs shares the next run.
 */
export class Coalescer<Result> {
  /** Resolves when the run has ended, also by an error. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<Result>>();

  /**
   * @param key equal for equal work
   * @returns the result, and whether another caller started the run
   * @throws what the run throws, to all who share it
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
