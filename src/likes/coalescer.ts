import { withoutPlace } from '../http/admission.js';

interface Run {
  readonly kind: string;
  hasBegun: boolean;
  result: Promise<unknown>;
  /** Resolves when the run has ended, also by an error. */
  ended: Promise<void>;
}

/**
 * Runs equal work once for all callers who wait for it, and different work on one key in the order of arrival. A caller
 * never shares a run that began before they asked: that run may have missed what happened since.
 */
export class Coalescer {
  /** The last run of each key that has not ended. */
  readonly #last = new Map<string, Run>();

  /**
   * @param key what the work is about; runs of one key never overlap
   * @param kind work of equal key and kind is equal
   * @returns the result, and whether another caller started the run
   * @throws what the run throws, to all who share it
   */
  async run<Result>(
    key: string,
    kind: string,
    work: () => Promise<Result>,
  ): Promise<{ result: Result; isShared: boolean }> {
    const last = this.#last.get(key);
    if (last?.kind === kind && !last.hasBegun)
      return { result: (await withoutPlace(() => last.result)) as Result, isShared: true };
    return { result: await this.#start(key, kind, work, last), isShared: false };
  }

  #start<Result>(
    key: string,
    kind: string,
    work: () => Promise<Result>,
    last: Run | undefined,
  ): Promise<Result> {
    const begin = (): Promise<Result> => {
      run.hasBegun = true;
      return work();
    };
    const run = { kind, hasBegun: false } as Run;
    this.#last.set(key, run);
    const result = last ? withoutPlace(() => last.ended).then(begin) : begin();
    const end = (): void => {
      if (this.#last.get(key) === run) this.#last.delete(key);
    };
    run.result = result;
    run.ended = result.then(end, end);
    return result;
  }
}
