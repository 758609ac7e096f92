import { Injectable } from '@nestjs/common';
import { type Counter, Histogram } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** Metrics of the cached answers. */
@Injectable()
export class CacheMetrics {
  readonly #hits: Counter<'tier'>;
  readonly #misses: Counter;
  readonly #errors: Counter<'command'>;
  readonly #fill: Histogram;

  constructor(private readonly registry: MetricsRegistry) {
    this.#hits = registry.counter(
      'cache_hits_total',
      'Answers that were in the memory of the process, in Redis, or already being made for another request (flight)',
      ['tier'],
    );
    this.#misses = registry.counter('cache_misses_total', 'Answers that had to be made and may be kept');
    this.#errors = registry.counter(
      'cache_redis_errors_total',
      'Commands of the answer cache that Redis did not answer, refused, or answered with an unusable value',
      ['command'],
    );
    this.#fill = new Histogram({
      name: 'cache_fill_duration_seconds',
      help: 'Time to make an answer that is then kept',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [registry],
    });
  }

  watchMemory(bytes: () => number): void {
    this.registry.gauge(
      'cache_memory_bytes',
      'Memory that the cached answers of the process use at most',
      bytes,
    );
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
