import type { BatchRunner } from '../background/batch-runner.js';
import type { FailingSteps } from '../background/failing-steps.js';
import type { LikeEventSync } from '../likes/like-event-sync.js';
import type { DerivedDataRefresh } from '../properties/write/derived-data-refresh.js';
import type { Checkpoint, LegacySyncReader } from './legacy-sync-reader.js';

/** A walk over a table by id. */
interface Walk {
  step: string;
  table: Parameters<LegacySyncReader['findBatch']>[0];
  position: 'swept_to' | 'swept_like_id' | 'swept_event_id';
  batchSize: number;
  /** Corrects the rows with ids in `(after, to]`. After the last row, `to` is the highest possible id. */
  sweep: (after: number, to: number) => Promise<{ count: number; isComplete: boolean }>;
}

// A batch costs the same whatever a property has of likes, because likes are walked by their own ids.
const PROPERTIES_PER_BATCH = 100;
const LIKES_PER_BATCH = 1_000;
const MAX_ID = Number.MAX_SAFE_INTEGER;
// How often a batch is tried again that other transactions have locked, or that fails. After that, the next round finds it.
const MAX_RETRIES = 5;
// A count of a city reads an index entry for each of its properties. The next count waits for as long as that is worth.
const COUNTED_PROPERTIES_PER_SECOND = 10_000;
const CITY_STEP = 'legacy-sync: sweep of city counts';

/** Compares the old tables with the derived data, batch by batch, and corrects the differences: it finds deletions. */
export class Sweep {
  readonly #retries = new Map<string, number>();
  readonly #walks: readonly Walk[];
  #cityDueAt = -Infinity;

  constructor(
    private readonly reader: LegacySyncReader,
    private readonly derivedData: DerivedDataRefresh,
    likeEvents: LikeEventSync,
    batches: BatchRunner,
    private readonly steps: FailingSteps,
  ) {
    this.#walks = [
      {
        step: 'legacy-sync: sweep of properties',
        table: 'property',
        position: 'swept_to',
        batchSize: PROPERTIES_PER_BATCH,
        sweep: async (after, to) => {
          await derivedData.withdrawDeleted(after, to);
          const ids = await reader.findPropertyIds(after, to);
          const skipped = await batches.run(ids, (batch) => derivedData.refresh(batch));
          return { count: 0, isComplete: skipped.size === 0 };
        },
      },
      {
        step: 'legacy-sync: sweep of likes',
        table: 'property_likes',
        position: 'swept_like_id',
        batchSize: LIKES_PER_BATCH,
        sweep: (after, to) => likeEvents.reconcileLikes(after, to),
      },
      {
        step: 'legacy-sync: sweep of like events',
        table: 'like_event',
        position: 'swept_event_id',
        batchSize: LIKES_PER_BATCH,
        sweep: (after, to) => likeEvents.reconcileEvents(after, to),
      },
    ];
  }

  /**
   * Sweeps the next batch of each walk, and one city.
   * @returns the checkpoint after it, and how many like events were recorded and city counts corrected
   */
  async run(before: Checkpoint): Promise<{ checkpoint: Checkpoint; count: number }> {
    const checkpoint = { ...before };
    let count = 0;
    for (const walk of this.#walks) {
      const result = await this.#walk(walk, checkpoint[walk.position]);
      checkpoint[walk.position] = result.to;
      count += result.count;
    }
    const city = await this.#sweepCity(checkpoint.swept_city);
    checkpoint.swept_city = city.key;
    return { checkpoint, count: city.isCorrected ? count + 1 : count };
  }

  async #walk(
    { step, table, batchSize, sweep }: Walk,
    after: number,
  ): Promise<{ to: number; count: number }> {
    if (this.steps.isPaused(step)) return { to: after, count: 0 };
    let next = after;
    const result = await this.steps.run(
      step,
      async () => {
        const batch = await this.reader.findBatch(table, after, batchSize);
        next = batch && !batch.isLast ? batch.lastId : 0;
        return sweep(after, next || MAX_ID);
      },
      { count: 0, isComplete: false },
    );
    const retries = this.#retries.get(step) ?? 0;
    const isRetried = !result.isComplete && retries < MAX_RETRIES;
    this.#retries.set(step, isRetried ? retries + 1 : 0);
    return { to: isRetried ? after : next, count: result.count };
  }

  /** Checks the count of the city after `after`. @returns its key; '' after the last city */
  async #sweepCity(after: string): Promise<{ key: string; isCorrected: boolean }> {
    let key = after;
    if (performance.now() < this.#cityDueAt) return { key, isCorrected: false };
    const isCorrected = await this.steps.run(
      CITY_STEP,
      async () => {
        key = (await this.derivedData.nextCity(after)) ?? '';
        if (key === '') return false;
        const city = await this.derivedData.recount(key);
        this.#cityDueAt = performance.now() + (city.homes / COUNTED_PROPERTIES_PER_SECOND) * 1_000;
        return city.isCorrected;
      },
      false,
    );
    return { key, isCorrected };
  }
}
