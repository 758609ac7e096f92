import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mysql';
import { Logger } from '@nestjs/common';
import type { DatabaseConnection, Kysely } from 'kysely';
import { isReadOnly, ReadOnlyServer } from '../database/failover.js';
import { AdvisoryLock } from '../database/advisory-lock.js';

const WAITING_MS = 1_000;
// How often the holder asks whether its server is still the one that accepts writes.
const CHECK_MS = 1_000;
// A database that does not answer must not hold up the end of the process.
const STOP_MS = 2_000;

/** Does a part of what there is to do; says whether there is more to do at once. */
export type Step = () => Promise<boolean>;

export interface SingletonWorkerOptions {
  /** Of the lock, and in the log. */
  name: string;
  /** Between two steps. */
  tickMs: number;
  /** What the holder does, on the connection of its lock. */
  open: (em: EntityManager) => Promise<Step>;
  /** Whether this process is the holder. */
  active: (isHolder: boolean) => void;
}

/**
 * Work that one process of all on a database does, again and again: the holder of a lock that belongs to its connection, on
 * which it does everything. Whatever ends the connection, also one of the others when it hangs, undoes what was begun and
 * lets another go on.
 */
export class SingletonWorker {
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #stopped: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** The connection while it works; null while it pauses or waits for a connection. */
  #busyOn: DatabaseConnection | null = null;
  #trouble: string | null = null;

  constructor(
    private readonly em: EntityManager,
    private readonly options: SingletonWorkerOptions,
  ) {
    this.#logger = new Logger(options.name);
  }

  start(): void {
    this.#stopped = this.#run();
  }

  /** Stops at once, whatever step runs: the step is rolled back and the lock is free for another process. */
  stop(): Promise<void> {
    this.#stop.abort();
    this.#stopping ??= Promise.race([
      this.#busyOn ? this.#abandon(this.#busyOn) : this.#stopped,
      pause(STOP_MS, undefined, { ref: false }),
    ]);
    return this.#stopping;
  }

  /**
   * Takes the connection out of the pool and has the server kill it: a server in the middle of a statement does not notice
   * a closed connection. The statement's promise may stay pending, so `stop` does not wait for the step.
   */
  async #abandon(session: DatabaseConnection): Promise<void> {
    this.options.active(false);
    const executor = this.em.getKysely().getExecutor();
    await session.killSession?.((work) => executor.provideConnection(work)).catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#holdOrWait();
        this.#trouble = null;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // Once: while the database is away it fails every second.
        const { message } = error as Error;
        if (message !== this.#trouble) this.#logger.error(error);
        this.#trouble = message;
      } finally {
        this.#busyOn = null;
        this.options.active(false);
      }
      await this.#pause(WAITING_MS);
    }
  }

  async #holdOrWait(): Promise<void> {
    await this.em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const session = await connection.getExecutor().provideConnection(async (own) => own);
        await session.collectSessionInfo?.();
        if (this.#stop.signal.aborted) return;
        this.#busyOn = session;
        if (await isReadOnly(connection)) throw new ReadOnlyServer();
        const lock = new AdvisoryLock(connection, this.options.name);
        if (!(await lock.take(0))) {
          if (await lock.takeFromHung()) this.#logger.warn('ended the connection of a process that hung');
          return;
        }
        try {
          const own = this.em.fork();
          own.setTransactionContext(connection);
          await this.#hold(own, connection, session);
        } finally {
          // Where that is impossible the connection is broken, and with it the lock.
          await lock.release().catch(() => {});
        }
      });
  }

  async #hold(em: EntityManager, connection: Kysely<never>, session: DatabaseConnection): Promise<void> {
    const step = await this.options.open(em);
    this.options.active(true);
    let checkedAt = performance.now();
    while (!this.#stop.signal.aborted) {
      if (performance.now() - checkedAt > CHECK_MS) {
        // After a failover another process may hold the lock of the new server. This one can't write on the old server.
        if (await isReadOnly(connection)) throw new ReadOnlyServer();
        checkedAt = performance.now();
      }
      const more = await step();
      this.#trouble = null;
      if (more) continue;
      // What comes meanwhile is done together.
      this.#busyOn = null;
      await this.#pause(this.options.tickMs);
      this.#busyOn = session;
    }
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
