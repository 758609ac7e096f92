import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AccountMails } from '../accounts/account-mails.js';
import type { Counter } from 'prom-client';
import { FailingSteps } from '../background/failing-steps.js';
import { SingletonWorker, type Step } from '../background/singleton-worker.js';
import { Config } from '../config/config.js';
import { LikeErasure } from '../likes/like-erasure.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { ErasureService } from './erasure.service.js';

const STEP_PAUSE_MS = 2_000;
const DAY_MS = 86_400_000;

/** Sends mails, finishes erasures, and pseudonymises old like events. It runs in one process per database. */
@Injectable()
export class AccountWorker implements BeforeApplicationShutdown {
  readonly #mails: Counter<'outcome'>;
  readonly #worker: SingletonWorker;
  /** The position in the like events; null between two walks. */
  #retainedTo: number | null = 0;
  #nextWalkAt = -Infinity;

  constructor(
    em: EntityManager,
    private readonly erasures: ErasureService,
    private readonly mails: AccountMails,
    private readonly likes: LikeErasure,
    private readonly config: Config,
    private readonly failingSteps: FailingSteps,
    registry: MetricsRegistry,
  ) {
    const active = registry.gauge(
      'accounts_worker_active',
      '1 in the process that sends mails and finishes erasures, 0 in the others',
    );
    this.#mails = registry.counter('mails_total', 'Mails of accounts, by what came of an attempt', [
      'outcome',
    ]);
    this.#worker = new SingletonWorker(em, {
      name: 'accounts',
      failingSteps,
      tickMs: STEP_PAUSE_MS,
      open: async (): Promise<Step> => () => this.step(),
      active: (isHolder) => active.set(isHolder ? 1 : 0),
    });
  }

  start(): void {
    this.#worker.start();
  }

  /** Stops at once. The server rolls back a running step. */
  stop(): Promise<void> {
    return this.#worker.stop();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** @returns true when the next step should follow without a pause */
  async step(): Promise<boolean> {
    await this.failingSteps.run('accounts: retention', () => this.#pseudonymiseOld(), undefined);
    const hasErased = await this.failingSteps.run('accounts: erasures', () => this.erasures.step(), false);
    const mail = await this.failingSteps.run('accounts: mails', () => this.mails.sendNext(), undefined);
    if (mail) this.#mails.inc({ outcome: mail });
    return hasErased || mail !== undefined;
  }

  /** Walks over the like events once a day, a batch per step. */
  async #pseudonymiseOld(): Promise<void> {
    const { likeEventRetentionDays: days } = this.config;
    if (days === 0 || performance.now() < this.#nextWalkAt) return;
    this.#retainedTo = await this.likes.pseudonymiseOld(
      this.#retainedTo ?? 0,
      new Date(Date.now() - days * DAY_MS),
    );
    if (this.#retainedTo === null) this.#nextWalkAt = performance.now() + DAY_MS;
  }
}
