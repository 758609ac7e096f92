import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Counter } from 'prom-client';
import { FailingSteps } from '../../background/failing-steps.js';
import { SingletonWorker, type Step } from '../../background/singleton-worker.js';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import { RankingUpdater, type StepReport } from './ranking-updater.js';

/** The pause after a step without further work. */
const TICK_MS = 500;
const MAX_LOGGED_IDS = 50;

/** Keeps the ranking up to date: runs RankingUpdater in one process per database. */
@Injectable()
export class RankingWorker implements BeforeApplicationShutdown {
  readonly #logger = new Logger('ranking');
  readonly #worker: SingletonWorker;
  readonly #events: Counter;
  readonly #recomputed: Counter;
  readonly #checked: Counter;
  readonly #drifted: Counter;

  constructor(
    em: EntityManager,
    private readonly modules: ModuleRef,
    registry: MetricsRegistry,
    failingSteps: FailingSteps,
  ) {
    const active = registry.gauge(
      'ranking_consumer_active',
      '1 in the process whose ranking worker is active, otherwise 0',
    );
    this.#events = registry.counter(
      'ranking_facts_total',
      'Like events (likes and unlikes) that the ranking worker has read',
    );
    this.#recomputed = registry.counter(
      'ranking_homes_total',
      'Properties whose ranking numbers were recomputed',
    );
    this.#checked = registry.counter(
      'ranking_checked_homes_total',
      'Properties that the self-check has compared with their likes',
    );
    this.#drifted = registry.counter(
      'ranking_drifted_homes_total',
      'Properties whose ranking numbers differed from their likes and were corrected by the self-check',
    );
    this.#worker = new SingletonWorker(em, {
      name: 'ranking',
      failingSteps,
      tickMs: TICK_MS,
      open: () => this.#open(),
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

  async #open(): Promise<Step> {
    const updater = await this.modules.resolve(RankingUpdater);
    await updater.start();
    return async () => {
      const report = await updater.step();
      if (report) this.#record(report);
      return report?.more ?? false;
    };
  }

  #record({ properties, events, checked, drifted }: StepReport): void {
    this.#events.inc(events);
    this.#recomputed.inc(properties);
    this.#checked.inc(checked);
    this.#drifted.inc(drifted.length);
    if (drifted.length === 0) return;
    const ids = drifted.slice(0, MAX_LOGGED_IDS).join(', ');
    this.#logger.warn(
      `${drifted.length} properties differed from their likes and were corrected, such as ${ids}`,
    );
  }
}
