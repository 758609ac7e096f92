import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { callerOf, CallerRefused, currentRequest } from '../../http/caller.js';
import { Drain } from '../../http/drain.js';
import { ChangeRepository } from './change.repository.js';

const POLL_MS = 250;
const MAX_WAITING = 1_000;
const MAX_WAITING_PER_CALLER = 50;

interface Waiter {
  newest: number;
  caller: string;
  end: () => void;
}

/** Too many callers wait for changes. */
class ChangesBusy extends CallerRefused {
  constructor() {
    super('changes-busy');
  }
}

/** Callers who wait for the next change. One statement every POLL_MS serves all callers of the process. */
@Injectable()
export class ChangeWaiters {
  readonly #waiting = new Set<Waiter>();
  #isPolling = false;
  // The loop must not run in the context of the request that started it.
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly changes: ChangeRepository,
    private readonly drain: Drain,
  ) {}

  get count(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until a sequence above `newest` was given out, the time is over, the caller has gone or the process stops.
   * @throws ChangesBusy
   */
  wait(newest: number, ms: number): Promise<void> {
    const request = currentRequest();
    const caller = callerOf(request);
    const ofCaller = [...this.#waiting].filter((waiter) => waiter.caller === caller).length;
    if (this.#waiting.size >= MAX_WAITING || ofCaller >= MAX_WAITING_PER_CALLER) throw new ChangesBusy();
    const { promise, resolve } = Promise.withResolvers<void>();
    const signals = [this.drain.signal, request?.signal].filter((signal) => signal !== undefined);
    const end = (): void => {
      this.#waiting.delete(waiter);
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const waiter = { newest, caller, end };
    const timer = setTimeout(end, ms);
    this.#waiting.add(waiter);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some(({ aborted }) => aborted)) end();
    else this.#outside(() => void this.#poll());
    return promise;
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    while (this.#waiting.size > 0) {
      // While the database is unavailable, callers wait on.
      const newest = await this.changes.findNewest().catch(() => -1);
      for (const waiter of this.#waiting) if (newest > waiter.newest) waiter.end();
      await pause(POLL_MS);
    }
    this.#isPolling = false;
  }
}
