import { setTimeout as pause } from 'node:timers/promises';
import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Config } from '../config/config.js';
import { ServerLock } from '../database/server-lock.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { RankingUpdater, type StepReport } from './ranking-updater.js';

const TICK_MS = 200;
const WAITING_MS = 1_000;
const MOST_IDS = 50;

/**
 * Runs the updater: of all processes on a database one, the holder of a lock that belongs to its connection, on which it
 * does everything. Whatever ends the connection, also one of the others when it hangs, undoes what was begun and lets
 * another go on.
 */
@Injectable()
export class RankingConsumer implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Ranking');
  readonly #stop = new AbortController();
  #stopped: Promise<void> = Promise.resolve();
  #trouble: string | null = null;
  readonly #active: Gauge;
  readonly #facts: Counter;
  readonly #homes: Counter;
  readonly #checked: Counter;
  readonly #drifted: Counter;

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    registry: MetricsRegistry,
  ) {
    const registers = [registry];
    this.#active = new Gauge({
      name: 'ranking_consumer_active',
      help: '1 in the process that keeps the ranking up to date',
      registers,
    });
    this.#facts = new Counter({
      name: 'ranking_facts_total',
      help: 'Likes and unlikes that were read from the history',
      registers,
    });
    this.#homes = new Counter({
      name: 'ranking_homes_total',
      help: 'Homes whose numbers were worked out anew',
      registers,
    });
    this.#checked = new Counter({
      name: 'ranking_checked_homes_total',
      help: 'Homes that the self-check has compared with their likes',
      registers,
    });
    this.#drifted = new Counter({
      name: 'ranking_drifted_homes_total',
      help: 'Homes whose numbers the self-check found to differ from their likes, and has corrected',
      registers,
    });
  }

  start(): void {
    this.#stopped = this.#run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#stopped;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#holdOrWait();
        this.#trouble = null;
      } catch (error) {
        // Once: while the database is away it fails every second.
        const { message } = error as Error;
        if (message !== this.#trouble) this.#logger.error(error);
        this.#trouble = message;
      } finally {
        this.#active.set(0);
      }
      await this.#pause(WAITING_MS);
    }
  }

  async #holdOrWait(): Promise<void> {
    await this.em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const lock = new ServerLock(connection, 'ranking');
        if (!(await lock.take(0))) {
          if (await lock.takeFromHung()) this.#logger.warn('ended the connection of a consumer that hung');
          return;
        }
        try {
          const own = this.em.fork();
          own.setTransactionContext(connection);
          await this.#hold(own);
        } finally {
          // Where that is impossible the connection is broken, and with it the lock.
          await lock.release().catch(() => {});
        }
      });
  }

  async #hold(em: EntityManager): Promise<void> {
    const { rankingHalfLifeDays: halfLifeDays, database } = this.config;
    const updater = await RankingUpdater.start(em, { halfLifeDays, zone: database.timezone });
    this.#active.set(1);
    while (!this.#stop.signal.aborted) {
      const report = await updater.step();
      this.#trouble = null;
      if (report) this.#tell(report);
      // What comes meanwhile is done together.
      if (!report?.more) await this.#pause(TICK_MS);
    }
  }

  #tell({ facts, homes, checked, drifted }: StepReport): void {
    this.#facts.inc(facts);
    this.#homes.inc(homes);
    this.#checked.inc(checked);
    this.#drifted.inc(drifted.length);
    if (drifted.length === 0) return;
    const ids = drifted.slice(0, MOST_IDS).join(', ');
    this.#logger.warn(`${drifted.length} homes differed from their likes and were corrected, such as ${ids}`);
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
