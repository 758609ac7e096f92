import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Counter } from 'prom-client';
import { FailingSteps } from '../background/failing-steps.js';
import { SingletonWorker, type Step } from '../background/singleton-worker.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { LegacySync } from './legacy-sync.js';

const STEP_PAUSE_MS = 500;

/** Runs the legacy sync, in one process per database. */
@Injectable()
export class LegacySyncWorker implements BeforeApplicationShutdown {
  readonly #worker: SingletonWorker;
  readonly #properties: Counter;
  readonly #likes: Counter;
  readonly #swept: Counter;

  constructor(
    em: EntityManager,
    private readonly modules: ModuleRef,
    registry: MetricsRegistry,
    failingSteps: FailingSteps,
  ) {
    const active = registry.gauge(
      'catch_up_active',
      '1 in the process that runs the legacy sync, 0 in the others',
    );
    this.#properties = registry.counter('catch_up_homes_total', 'Properties that other programs changed');
    this.#likes = registry.counter('catch_up_likes_total', 'Likes that other programs wrote');
    this.#swept = registry.counter(
      'catch_up_swept_total',
      'Like events that the sweep recorded, and cities whose counts it corrected',
    );
    this.#worker = new SingletonWorker(em, {
      name: 'catch-up',
      failingSteps,
      tickMs: STEP_PAUSE_MS,
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
    const sync = await this.modules.resolve(LegacySync);
    await sync.start();
    return async () => {
      const { properties, likes, swept, more } = await sync.step();
      this.#properties.inc(properties);
      this.#likes.inc(likes);
      this.#swept.inc(swept);
      return more;
    };
  }
}
