import { withoutPlace } from './admission.js';
import { CallerGone } from './caller.js';

export interface FairQueueLimits {
  running: number;
  runningPerCaller: number;
  waiting: number;
  waitingPerCaller: number;
  waitMs: number;
}

interface Waiting {
  begin: () => void;
  refuse: (reason: Error) => void;
}
interface Turns {
  running: number;
  readonly waiting: Waiting[];
}

/**
 * Gives places to callers. While all places are taken, callers wait in queues of their own. The caller with the fewest places is
 * next, and equal ones take turns (round robin). When too many wait, the caller with the longest queue loses its last request, so
 * one caller cannot fill the queue of all.
 */
export class FairQueue {
  /** Callers who run or wait, in the order of their last start or, before it, of their arrival. */
  readonly #callers = new Map<string, Turns>();
  #running = 0;
  #waiting = 0;

  /** @param busy makes the error of a refused caller */
  constructor(
    private readonly limits: FairQueueLimits,
    private readonly busy: () => Error,
  ) {}

  /** Runs `work` when the caller has a place. @throws what `acquire` and `work` throw */
  async run<T>(caller: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(caller, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /**
   * Waits for a place.
   * @returns the function that frees the place
   * @throws CallerGone when `signal` aborts before; the error of `busy` when too many wait, or after `waitMs`
   */
  async acquire(caller: string, signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw new CallerGone();
    const turns = this.#callers.get(caller) ?? { running: 0, waiting: [] };
    if (this.#running < this.limits.running && this.#mayRun(turns)) this.#start(caller, turns);
    else await withoutPlace(() => this.#wait(caller, turns, signal));
    return () => {
      this.#running--;
      turns.running--;
      this.#forget(caller, turns);
      this.#startNext();
    };
  }

  #mayRun({ running }: Turns): boolean {
    return running < this.limits.runningPerCaller;
  }

  #start(caller: string, turns: Turns): void {
    this.#running++;
    turns.running++;
    this.#callers.delete(caller);
    this.#callers.set(caller, turns);
  }

  #startNext(): void {
    const able = [...this.#callers].filter(([, turns]) => turns.waiting.length > 0 && this.#mayRun(turns));
    // A stable sort: of those with as few places, the caller whose turn it is comes first.
    const [next] = able.toSorted(([, a], [, b]) => a.running - b.running);
    if (!next) return;
    const [caller, turns] = next;
    this.#start(caller, turns);
    turns.waiting[0]!.begin();
  }

  #wait(caller: string, turns: Turns, signal?: AbortSignal): Promise<void> {
    this.#makeRoom(turns);
    this.#callers.set(caller, turns);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        turns.waiting.splice(turns.waiting.indexOf(waiting), 1);
        this.#waiting--;
        this.#forget(caller, turns);
      };
      const waiting = {
        begin: () => (leave(), resolve()),
        refuse: (reason: Error) => (leave(), reject(reason)),
      };
      const abort = (): void => waiting.refuse(new CallerGone());
      const timer = setTimeout(() => waiting.refuse(this.busy()), this.limits.waitMs);
      signal?.addEventListener('abort', abort);
      turns.waiting.push(waiting);
      this.#waiting++;
    });
  }

  #makeRoom({ waiting }: Turns): void {
    if (waiting.length >= this.limits.waitingPerCaller) throw this.busy();
    if (this.#waiting < this.limits.waiting) return;
    const [longest] = [...this.#callers.values()].toSorted((a, b) => b.waiting.length - a.waiting.length);
    const last = longest?.waiting.at(-1);
    if (!last || longest!.waiting.length <= waiting.length + 1) throw this.busy();
    last.refuse(this.busy());
  }

  #forget(caller: string, { running, waiting }: Turns): void {
    if (running === 0 && waiting.length === 0) this.#callers.delete(caller);
  }
}
