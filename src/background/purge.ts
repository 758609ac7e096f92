import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import type { FailingSteps } from './failing-steps.js';

const INTERVAL_MS = 600_000;
// A statement deletes at most that many rows.
const BATCH_SIZE = 1_000;

/**
 * Deletes rows whose time is over, in batches. Each process does it every ten minutes; it needs no lock, because a row that another
 * process deleted is only missing.
 */
export abstract class Purge implements BeforeApplicationShutdown {
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #run: Promise<void> | undefined;

  /** @param name of the step in the log and in `/health/ready` */
  protected constructor(
    private readonly name: string,
    private readonly failingSteps: FailingSteps,
  ) {
    this.#logger = new Logger(name);
  }

  /** @returns true when a batch was full, so that there may be more rows */
  protected abstract deleteBatch(limit: number): Promise<boolean>;

  start(): void {
    this.#timer = setInterval(() => {
      this.#run ??= this.run()
        .catch((error: unknown) => this.#logger.error(error))
        .finally(() => (this.#run = undefined));
    }, INTERVAL_MS).unref();
  }

  /** Stops after the batch that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#run;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Deletes batches until none is left. */
  async run(): Promise<void> {
    const step = (): Promise<boolean> => this.deleteBatch(BATCH_SIZE);
    while (!this.#isStopped && (await this.failingSteps.run(this.name, step, false)));
  }
}
