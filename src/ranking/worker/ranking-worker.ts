import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Config } from '../../config/config.js';
import { SingletonWorker, type Step } from '../../background/singleton-worker.js';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import { RankingUpdater, type StepReport } from './ranking-updater.js';

const TICK_MS = 200;
const MOST_IDS = 50;

/** Keeps the ranking up to date, in one process of all on a database. */
@Injectable()
export class RankingWorker implements BeforeApplicationShutdown {
  readonly #logger = new Logger('ranking');
  readonly #follower: SingletonWorker;
  readonly #facts: Counter;
  readonly #homes: Counter;
  readonly #checked: Counter;
  readonly #drifted: Counter;

  constructor(
    em: EntityManager,
    private readonly config: Config,
    registry: MetricsRegistry,
  ) {
    const registers = [registry];
    const active = new Gauge({
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
    this.#follower = new SingletonWorker(em, {
      name: 'ranking',
      tickMs: TICK_MS,
      open: (own) => this.#open(own),
      active: (isHolder) => active.set(isHolder ? 1 : 0),
    });
  }

  start(): void {
    this.#follower.start();
  }

  /** Abandons the step that runs: the server rolls it back. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  async #open(em: EntityManager): Promise<Step> {
    const { rankingHalfLifeDays: halfLifeDays, database } = this.config;
    const updater = await RankingUpdater.start(em, { halfLifeDays, zone: database.timezone });
    return async () => {
      const report = await updater.step();
      if (report) this.#tell(report);
      return report?.more ?? false;
    };
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
}
