import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { FailingSteps } from '../background/failing-steps.js';
import { toDatabaseTime } from '../database/time.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SignInRepository } from './sign-in.repository.js';

const INTERVAL_MS = 600_000;
// A statement deletes at most that many rows.
const BATCH_SIZE = 1_000;
// Longer than the clocks of two processes may differ.
const KEEP_MS = 24 * 3_600_000;

/**
 * Deletes refresh tokens and sign-ins a day after they are over, also those of users who never come back. Each process does it every
 * ten minutes; it needs no lock, because a row that another process deleted is only missing.
 */
@Injectable()
export class SignInPurge implements BeforeApplicationShutdown {
  readonly #logger = new Logger('sign-in-purge');
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #run: Promise<void> | undefined;

  constructor(
    private readonly tokens: RefreshTokenRepository,
    private readonly signIns: SignInRepository,
    private readonly failingSteps: FailingSteps,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.#run ??= this.run()
        .catch((error: unknown) => this.#logger.error(error))
        .finally(() => (this.#run = undefined));
    }, INTERVAL_MS).unref();
  }

  /** Stops after the statement that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#run;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Deletes batches until none is left. Tokens go first: a token without its sign-in would start a new one. */
  async run(): Promise<void> {
    const before = toDatabaseTime(new Date(Date.now() - KEEP_MS), '+00:00');
    const step = async (): Promise<boolean> =>
      (await this.tokens.deleteExpired(before, BATCH_SIZE)) === BATCH_SIZE ||
      (await this.signIns.deleteOver(before, BATCH_SIZE)) === BATCH_SIZE;
    while (!this.#isStopped && (await this.failingSteps.run('sign-in-purge', step, false)));
  }
}
