import { setImmediate } from 'node:timers/promises';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { databaseProblem, TookTooLong } from '../../database/database-errors.js';
import { stopOnAbort } from '../../database/stop-on-abort.js';
import { CallerGone, callerOf, CallerRefused, currentRequest } from '../../http/caller.js';
import { FairQueue } from '../../http/fair-queue.js';

// Bounds the time from the request to the start of the search, and to each `checkDeadline`. The limit of the server bounds the
// last statement.
const MAX_DELAY_MS = 3_000;
const LIMITS = {
  // Fewer than the connections of the pool: cheap requests always find a free one.
  running: 4,
  runningPerCaller: 2,
  waiting: 64,
  waitingPerCaller: 8,
  waitMs: MAX_DELAY_MS,
};
/** A demanding search counts as so many requests in the general rate limit. */
const COST_IN_REQUESTS = 10;
// Work that occupies the event loop.
const TURNS = { running: 1, runningPerCaller: 1, waiting: 200, waitingPerCaller: 40, waitMs: MAX_DELAY_MS };
const REFUSED_AGAIN_MS = 60_000;
// More than are found in a minute: each has run for at least MAX_DELAY_MS, and four run at a time.
const MAX_KNOWN = 1_000;

/** Too many demanding searches run or wait already. */
export class SearchBusy extends CallerRefused {
  constructor() {
    super('search-busy');
  }
}

interface DemandingSearch<T> {
  /** The values that identify the search. A search that took too long is refused for a minute. */
  of: readonly unknown[];
  /** Calls `checkDeadline` before each further statement. */
  run: (checkDeadline: () => void) => Promise<T>;
  /** Other callers use the result as well: it runs to its end when the caller has gone. */
  isShared?: boolean;
}

/** Limits the searches that read many rows: how many run at a time, how many wait, and for how long. Callers share it fairly. */
@Injectable()
export class SearchThrottle {
  readonly #queue = new FairQueue(LIMITS, () => new SearchBusy());
  readonly #turns = new FairQueue(TURNS, () => new SearchBusy());
  /** Until when a search is refused, in milliseconds of performance.now(). */
  readonly #tooDemanding = new LRUCache<string, number>({ max: MAX_KNOWN });
  /** A request pays once. */
  readonly #paid = new WeakSet<FastifyRequest>();

  constructor(private readonly em: EntityManager) {}

  /**
   * Runs a search when the caller has a place.
   * @throws SearchBusy (503) when too many wait, or after too long a wait
   * @throws TookTooLong (503) after the deadline, and for a minute after that at once
   * @throws TooManyRequests (429) when the caller has used up the general limit
   * @throws CallerGone when the caller leaves
   */
  async run<T>({ of, run, isShared = false }: DemandingSearch<T>): Promise<T> {
    const key = JSON.stringify(of);
    this.#refuseTooDemanding(key);
    const request = currentRequest();
    await this.#pay(request, COST_IN_REQUESTS - 1);
    const deadline = performance.now() + MAX_DELAY_MS;
    const checkDeadline = (): void => {
      if (performance.now() > deadline) throw new TookTooLong();
    };
    const signal = request?.signal;
    const search = (): Promise<T> => run(checkDeadline);
    return this.#queue.run(
      callerOf(request),
      async () => {
        this.#refuseTooDemanding(key);
        const startedAt = performance.now();
        try {
          return await (signal && !isShared ? stopOnAbort(this.em, signal, search) : search());
        } catch (error) {
          if (signal?.aborted && !isShared) throw new CallerGone();
          const isTooDemanding = (databaseProblem(error) ?? error) instanceof TookTooLong;
          // A search that began late has not had its time.
          if (isTooDemanding && performance.now() - startedAt >= MAX_DELAY_MS)
            this.#tooDemanding.set(key, performance.now() + REFUSED_AGAIN_MS);
          throw error;
        }
      },
      signal,
    );
  }

  /**
   * Runs work that occupies the event loop. Callers take turns, and other requests go on between two turns.
   * @param work calls `pay` with the units that it costs in the general rate limit
   * @throws as `run`
   */
  takeTurn<T>(work: (pay: (units: number) => Promise<void>) => Promise<T>): Promise<T> {
    const request = currentRequest();
    const turn = async (): Promise<T> => {
      await setImmediate();
      return work((units) => this.#pay(request, units));
    };
    return this.#turns.run(callerOf(request), turn, request?.signal);
  }

  #refuseTooDemanding(key: string): void {
    const restMs = (this.#tooDemanding.get(key) ?? 0) - performance.now();
    if (restMs > 0) throw new TookTooLong({ retryAfterSeconds: Math.ceil(restMs / 1_000) });
  }

  async #pay(request: FastifyRequest | undefined, units: number): Promise<void> {
    if (!request?.spend || units === 0 || this.#paid.has(request)) return;
    this.#paid.add(request);
    await request.spend(units);
  }
}
