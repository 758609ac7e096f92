import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mysql';
import { Logger } from '@nestjs/common';
import type { DatabaseConnection, Kysely } from 'kysely';
import { isReadOnlyError } from '../database/server-errors.js';
import { isReadOnly, ReadOnlyServer } from '../database/failover.js';
import { onConnection } from '../database/transaction.js';
import { AdvisoryLock } from '../database/advisory-lock.js';
import { traceStep } from '../tracing/spans.js';
import type { FailingSteps } from './failing-steps.js';

// Pause between two attempts to take the lock.
const RETRY_MS = 1_000;
// Interval at which the holder checks that its server accepts writes.
const READ_ONLY_CHECK_MS = 1_000;
// Limit of stop(): a database that does not answer must not delay the end of the process.
const MAX_STOP_MS = 2_000;

/** Does one step of the work. Returns true when the next step should follow without a pause. */
export type Step = () => Promise<boolean>;

export interface SingletonWorkerOptions {
  /** Name of the advisory lock and of the logger. */
  name: string;
  /** Where a failed step is recorded, under the name of the worker. */
  failingSteps: FailingSteps;
  /** Pause between two steps, in milliseconds. */
  tickMs: number;
  /** Called once the lock is taken; the returned step is called again and again. Both run on the connection of the lock. */
  open: () => Promise<Step>;
  /** Called when this process takes or loses the lock. */
  active: (isHolder: boolean) => void;
}

/**
 * Runs background work in one process per database: the process that holds an advisory lock. The lock belongs to the connection
 * that does all the work, so whatever ends the connection rolls the work back and frees the lock for another process. A waiting
 * process kills the connection of a holder that hangs.
 */
export class SingletonWorker {
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #stopped: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** The connection while a step runs; null during a pause, and while it waits for a connection. */
  #busyConnection: DatabaseConnection | null = null;
  /** The last logged error message. The same error is logged once, because an absent database fails every second. */
  #loggedError: string | null = null;
  /** When the last step began that left no work; while this process does not hold the lock: null. */
  #caughtUpAt: number | null = null;
  /** Pause before the next attempt to take the lock. */
  #retryMs = RETRY_MS;

  constructor(
    private readonly em: EntityManager,
    private readonly options: SingletonWorkerOptions,
  ) {
    this.#logger = new Logger(options.name);
    options.failingSteps.watchLag(options.name, () =>
      this.#caughtUpAt === null ? null : performance.now() - this.#caughtUpAt,
    );
  }

  start(): void {
    this.#stopped = this.#run();
  }

  /** Stops at once. A running step is rolled back, and the lock becomes free for another process. */
  stop(): Promise<void> {
    this.#stop.abort();
    this.#stopping ??= Promise.race([
      this.#busyConnection ? this.#abandon(this.#busyConnection) : this.#stopped,
      pause(MAX_STOP_MS, undefined, { ref: false }),
    ]);
    return this.#stopping;
  }

  /**
   * Takes the connection out of the pool and has the server kill it, because a server that runs a statement does not notice a
   * closed connection. The statement's promise may stay pending, so `stop` does not wait for the step.
   */
  async #abandon(session: DatabaseConnection): Promise<void> {
    this.options.active(false);
    const executor = this.em.getKysely().getExecutor();
    await session.killSession?.((work) => executor.provideConnection(work)).catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#retryMs = RETRY_MS;
      try {
        await this.#workIfLockIsFree();
        this.#loggedError = null;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const { message } = error as Error;
        if (message !== this.#loggedError) this.#logger.error(error);
        this.#loggedError = message;
      } finally {
        this.#busyConnection = null;
        this.#caughtUpAt = null;
        this.options.active(false);
      }
      await this.#pause(this.#retryMs);
    }
  }

  async #workIfLockIsFree(): Promise<void> {
    await this.em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const session = await connection.getExecutor().provideConnection(async (own) => own);
        await session.collectSessionInfo?.();
        if (this.#stop.signal.aborted) return;
        this.#busyConnection = session;
        if (await isReadOnly(connection)) throw new ReadOnlyServer();
        const lock = new AdvisoryLock(connection, this.options.name);
        if (!(await lock.take(0))) {
          if (await lock.killHungHolder()) this.#logger.warn('killed the connection of a process that hung');
          return;
        }
        try {
          await onConnection(this.em, connection, () => this.#work(connection, session));
        } finally {
          // This fails only on a broken connection, whose lock the server frees.
          await lock.release().catch(() => {});
        }
      });
  }

  async #work(connection: Kysely<never>, session: DatabaseConnection): Promise<void> {
    const step = await this.options.open();
    this.options.active(true);
    this.#caughtUpAt = performance.now();
    let checkedAt = performance.now();
    while (!this.#stop.signal.aborted) {
      if (performance.now() - checkedAt > READ_ONLY_CHECK_MS) {
        // After a failover another process may hold the lock on the new server. This process is still on the old server.
        if (await isReadOnly(connection)) throw new ReadOnlyServer();
        checkedAt = performance.now();
      }
      const startedAt = performance.now();
      const more = await this.#runStep(step);
      this.#loggedError = null;
      if (more) continue;
      this.#caughtUpAt = startedAt;
      // The pause collects changes, so that one step handles them together.
      this.#busyConnection = null;
      await this.#pause(this.options.tickMs);
      this.#busyConnection = session;
    }
  }

  /** A step that fails again and again is run less and less often. */
  async #runStep(step: Step): Promise<boolean> {
    const { failingSteps, name } = this.options;
    try {
      const more = await traceStep(name, step);
      failingSteps.succeeded(name);
      return more;
    } catch (error) {
      if (!this.#stop.signal.aborted && !isReadOnlyError(error)) this.#retryMs = failingSteps.failed(name);
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
