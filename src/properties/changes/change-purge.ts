import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { FailingSteps } from '../../background/failing-steps.js';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { ChangeRepository } from './change.repository.js';

const INTERVAL_MS = 600_000;
const BATCH_SIZE = 1_000;

/** Deletes withdrawn properties from the feed after 90 days. Each process does it every ten minutes, in batches; it needs no lock. */
@Injectable()
export class ChangePurge implements BeforeApplicationShutdown {
  readonly #logger = new Logger('change-purge');
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #run: Promise<void> | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly changes: ChangeRepository,
    private readonly failingSteps: FailingSteps,
  ) {}

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
    const step = async (): Promise<boolean> =>
      (await inTransaction(this.em, () => this.changes.purge(BATCH_SIZE), READ_COMMITTED)) === BATCH_SIZE;
    while (!this.#isStopped && (await this.failingSteps.run('change-purge', step, false)));
  }
}
