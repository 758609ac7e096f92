import { Injectable, Logger } from '@nestjs/common';
import { type Counter, Gauge } from 'prom-client';
import { isStatementError } from '../database/server-errors.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { traceStep } from '../tracing/spans.js';

// Pause after the first failure; each further failure in a row doubles it.
const FIRST_PAUSE_MS = 1_000;
// A step that always runs into the time limit of a statement then uses about a hundredth of a core.
const MAX_PAUSE_MS = 300_000;

/** A step of a background worker whose last run failed. */
export interface FailingStep {
  step: string;
  /** Failures in a row. */
  failures: number;
  /** Time of the first of them, in ISO 8601. */
  since: string;
}

/**
 * The steps of this process's background workers that fail. The first failure in a row is logged, all are counted, and a failing
 * step runs less and less often, so it neither delays the other steps nor keeps the database busy.
 */
@Injectable()
export class FailingSteps {
  readonly #failing = new Map<string, FailingStep & { resumeAt: number }>();
  readonly #logger = new Logger('background');
  readonly #failures: Counter<'step'>;
  readonly #lags = new Map<string, () => number | null>();

  constructor(registry: MetricsRegistry) {
    this.#failures = registry.counter(
      'background_step_failures_total',
      'Failed runs of a step of a background worker',
      ['step'],
    );
    const lag: Gauge<'worker'> = new Gauge({
      name: 'background_lag_seconds',
      help: 'Time since a worker had no work left, so its oldest work is not older; of a failing step: since its first failure',
      labelNames: ['worker'],
      aggregator: 'max',
      registers: [registry],
      collect: () => {
        lag.reset();
        for (const [worker, seconds] of this.#lagSeconds()) lag.set({ worker }, seconds);
      },
    });
  }

  /** @param lagMs the time since the worker had no work left; null in a process that does not run it */
  watchLag(worker: string, lagMs: () => number | null): void {
    this.#lags.set(worker, lagMs);
  }

  #lagSeconds(): Map<string, number> {
    const seconds = new Map<string, number>();
    for (const { step, since } of this.#failing.values())
      seconds.set(step, Math.max(0, Date.now() - Date.parse(since)) / 1_000);
    for (const [worker, read] of this.#lags) {
      const lagMs = read();
      if (lagMs !== null) seconds.set(worker, Math.max(lagMs / 1_000, seconds.get(worker) ?? 0));
    }
    return seconds;
  }

  /**
   * Runs a step, unless it failed a short time ago.
   * @returns the result of `work`; `otherwise` when the step is paused, or when the database refused one of its statements
   * @throws every other error of `work`
   */
  async run<T>(step: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.isPaused(step)) return otherwise;
    try {
      const result = await traceStep(step, work);
      if (this.succeeded(step)) this.#logger.log(`the step '${step}' succeeded again`);
      return result;
    } catch (error) {
      if (!isStatementError(error)) throw error;
      if (!this.#failing.has(step))
        this.#logger.error(
          `the step '${step}' failed: database error ${(error as { errno?: number }).errno}`,
        );
      this.failed(step);
      return otherwise;
    }
  }

  isPaused(step: string): boolean {
    return performance.now() < (this.#failing.get(step)?.resumeAt ?? -Infinity);
  }

  /** Records a failure. @returns how long the step is to pause, in milliseconds */
  failed(step: string): number {
    const { failures = 0, since = new Date().toISOString() } = this.#failing.get(step) ?? {};
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS);
    this.#failing.set(step, {
      step,
      failures: failures + 1,
      since,
      resumeAt: performance.now() + pauseMs,
    });
    this.#failures.inc({ step });
    return pauseMs;
  }

  /** Records a success. @returns whether the step was failing */
  succeeded(step: string): boolean {
    return this.#failing.delete(step);
  }

  list(): FailingStep[] {
    return [...this.#failing.values()].map(({ step, failures, since }) => ({ step, failures, since }));
  }
}
