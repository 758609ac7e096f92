interface Limits {
  concurrent: number;
  waiting: number;
  waitMs: number;
}

/** Runs some pieces of work at a time; the others wait in order. Work whose caller has gone away gives up its place. */
export class WorkQueue {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** @param refusal the error for work that finds no place or waits too long */
  constructor(
    private readonly limits: Limits,
    private readonly refusal: () => Error,
  ) {}

  /**
   * @param signal aborted when the caller has gone away: work that still waits never runs
   * @throws the refusal, or the reason of the signal
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running >= this.limits.concurrent) await this.#turn(signal);
    else this.#running++;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, so the number that run stays the same.
      const [next] = this.#waiting;
      if (next) next();
      else this.#running--;
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.limits.waiting) throw this.refusal();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(start);
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
        settle();
      };
      const start = (): void => end(resolve);
      const leave = (): void => end(() => reject(signal!.reason as Error));
      const timer = setTimeout(() => end(() => reject(this.refusal())), this.limits.waitMs);
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.add(start);
    });
  }
}
