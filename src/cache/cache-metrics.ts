import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** Metrics of the cached answers. */
@Injectable()
export class CacheMetrics {
  readonly #hits: Counter<'tier'>;
  readonly #misses: Counter;
  readonly #errors: Counter<'command'>;
  readonly #fill: Histogram;

  constructor(private readonly registry: MetricsRegistry) {
    const registers = [registry];
    this.#hits = new Counter({
      name: 'cache_hits_total',
      help: 'Answers that were in the memory of the process, in Redis, or already being made for another request (flight)',
      labelNames: ['tier'],
      registers,
    });
    this.#misses = new Counter({
      name: 'cache_misses_total',
      help: 'Answers that had to be made and may be kept',
      registers,
    });
    this.#errors = new Counter({
      name: 'cache_redis_errors_total',
      help: 'Commands of the answer cache that Redis did not answer, refused, or answered with an unusable value',
      labelNames: ['command'],
      registers,
    });
    this.#fill = new Histogram({
      name: 'cache_fill_duration_seconds',
      help: 'Time to make an answer that is then kept',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
  }

  watchMemory(bytes: () => number): void {
    const gauge: Gauge = new Gauge({
      name: 'cache_memory_bytes',
      help: 'Memory that the cached answers of the process use at most',
      registers: [this.registry],
      collect: (): void => gauge.set(bytes()),
    });
  }

  hit(tier: 'memory' | 'redis' | 'flight'): void {
    this.#hits.inc({ tier });
  }

  filled(startedAt: number): void {
    this.#misses.inc();
    this.#fill.observe((performance.now() - startedAt) / 1_000);
  }

  failed(command: 'get' | 'set'): void {
    this.#errors.inc({ command });
  }
}
