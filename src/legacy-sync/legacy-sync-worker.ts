import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Config } from '../config/config.js';
import { SingletonWorker, type Step } from '../background/singleton-worker.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { LegacySync } from './legacy-sync.js';

const TICK_MS = 500;

/** Shows what other programs write, in one process of all on a database. */
@Injectable()
export class LegacySyncWorker implements BeforeApplicationShutdown {
  readonly #follower: SingletonWorker;
  readonly #homes: Counter;
  readonly #likes: Counter;
  readonly #swept: Counter;

  constructor(
    em: EntityManager,
    registry: MetricsRegistry,
    private readonly config: Config,
  ) {
    const registers = [registry];
    const active = new Gauge({
      name: 'catch_up_active',
      help: '1 in the process that follows what other programs write',
      registers,
    });
    this.#homes = new Counter({
      name: 'catch_up_homes_total',
      help: 'Homes that other programs have changed',
      registers,
    });
    this.#likes = new Counter({
      name: 'catch_up_likes_total',
      help: 'Likes that other programs have written',
      registers,
    });
    this.#swept = new Counter({
      name: 'catch_up_swept_total',
      help: 'Likes that other programs have deleted, and cities in which they have deleted homes',
      registers,
    });
    this.#follower = new SingletonWorker(em, {
      name: 'catch-up',
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
    const sync = await LegacySync.start(em, this.config.database.timezone);
    return async () => {
      const { homes, likes, swept, more } = await sync.step();
      this.#homes.inc(homes);
      this.#likes.inc(likes);
      this.#swept.inc(swept);
      return more;
    };
  }
}
