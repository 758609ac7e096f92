import type { FailingSteps } from '../../background/failing-steps.js';
import { type DaysToRead, unionOfDays } from './likes-reader.js';

/** A property that always takes too long then costs the worker about a hundredth of its time. */
const REST_MS = 300_000;
const STEP = 'ranking of a property';

/**
 * Properties whose likes took too long to read. The worker goes on without them, and tries each again after a rest. They are
 * reported as a failing step. A restart forgets them; the self-check finds them again.
 */
export class SetAside {
  readonly #resting = new Map<number, { days: DaysToRead; retryAt: number }>();

  constructor(private readonly failingSteps: FailingSteps) {}

  add(id: number, days: DaysToRead): void {
    this.#resting.set(id, { days, retryAt: performance.now() + REST_MS });
    this.failingSteps.failed(STEP);
  }

  /** The properties whose rest is over. */
  due(): Map<number, DaysToRead> {
    const now = performance.now();
    return new Map(
      [...this.#resting].flatMap(([id, { days, retryAt }]) => (retryAt <= now ? [[id, days]] : [])),
    );
  }

  /** Whether the property still rests. Then the days are read after its rest. */
  isResting(id: number, days: DaysToRead): boolean {
    const entry = this.#resting.get(id);
    if (!entry || entry.retryAt <= performance.now()) return false;
    entry.days = unionOfDays(entry.days, days);
    return true;
  }

  /** Call it after the commit. */
  recomputed(ids: Iterable<number>): void {
    const before = this.#resting.size;
    for (const id of ids) this.#resting.delete(id);
    if (before > 0 && this.#resting.size === 0) this.failingSteps.succeeded(STEP);
  }
}
