import { isDeepStrictEqual } from 'node:util';
import { Injectable, Scope } from '@nestjs/common';
import { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';
import { BatchRunner } from '../background/batch-runner.js';
import { LikeEventSync } from '../likes/like-event-sync.js';
import { DerivedDataRefresh } from '../properties/write/derived-data-refresh.js';
import { LegacySyncReader, type Checkpoint, type PropertyChange } from './legacy-sync-reader.js';

export interface StepReport {
  /** Properties refreshed because another program changed them or their status. */
  properties: number;
  /** Likes of other programs for which a like event was written. */
  likes: number;
  /** Like events that the sweep recorded, plus 1 when it corrected the counts of a city. */
  swept: number;
  /** True when a read was full, so that the next step should follow without a pause. */
  more: boolean;
}

interface ReadReport {
  count: number;
  more: boolean;
}

// Rows per read of a log or of the changes.
const PAGE_SIZE = 2_000;
// Rows per transaction, which locks them, and properties per sweep.
const BATCH_SIZE = 100;
// `updated_at` is the time of a statement, but a row becomes visible at its commit. Reads look back by this time: usually 2 s, and
// in a late check longer than any transaction of another program stays open.
const LOOK_BACK_SECONDS = 2;
const LATE_LOOK_BACK_SECONDS = 120;
const LATE_CHECK_INTERVAL_MS = 3_000;
// At 100 properties per sweep, a million properties take 17 hours.
const SWEEP_INTERVAL_MS = 6_000;
const MAX_SWEEP_RETRIES = 5;

/**
 * Brings the writes of other programs into the derived data: new rows of the logs by id, changed properties by `updated_at`. Rows
 * that the service wrote itself arrive the same way and need no work. A sweep over all properties finds deletions within a day. Its
 * state belongs to one worker's lock: call start() once, then step().
 */
@Injectable({ scope: Scope.TRANSIENT })
export class LegacySync {
  #lateCheckedAt = -Infinity;
  /** Keyset position inside a multi-page scan of the changes; null when the next page is a first page. */
  #scanPosition: PropertyChange | null = null;
  /** The greatest `updated_at` when the scan began: the checkpoint once the scan is complete. */
  #scanEnd: string | null = null;
  #statuses!: GapTolerantCursor;
  #likes!: GapTolerantCursor;
  #sweptAt = performance.now();
  #sweepRetries = 0;
  readonly #propertyBatches = new BatchRunner(BATCH_SIZE, 'property');
  readonly #likeBatches = new BatchRunner(BATCH_SIZE, 'property_likes');

  #checkpoint!: Checkpoint;

  constructor(
    private readonly reader: LegacySyncReader,
    private readonly derivedData: DerivedDataRefresh,
    private readonly likeEvents: LikeEventSync,
  ) {}

  /** Continues from the stored checkpoint. */
  async start(): Promise<void> {
    this.#checkpoint = await this.reader.findCheckpoint();
    this.#statuses = GapTolerantCursor.from(this.#checkpoint.statusHistoryId);
    this.#likes = GapTolerantCursor.from(this.#checkpoint.likeId);
  }

  /**
   * Reads each source once and saves the checkpoint.
   * @param options.late whether to look for rows that committed late; its cost grows with the rate of writes
   * @param options.sweeps whether to sweep a batch of properties
   */
  async step({
    late = performance.now() - this.#lateCheckedAt > LATE_CHECK_INTERVAL_MS,
    sweeps = performance.now() - this.#sweptAt > SWEEP_INTERVAL_MS,
  } = {}): Promise<StepReport> {
    const before = this.#checkpoint;
    if (late) this.#lateCheckedAt = performance.now();
    const statuses = await this.#syncStatuses(late);
    const changes = await this.#syncChanges(late);
    const likes = await this.#syncLikes(late);
    const swept = sweeps ? await this.#sweep() : 0;
    if (!isDeepStrictEqual(this.#checkpoint, before)) await this.reader.saveCheckpoint(this.#checkpoint);
    return {
      properties: statuses.count + changes.count,
      likes: likes.count,
      swept,
      more: statuses.more || changes.more || likes.more,
    };
  }

  async #syncStatuses(withLate: boolean): Promise<ReadReport> {
    const rows = await this.reader.findRows('status_history', this.#statuses, withLate, PAGE_SIZE);
    const stale = await this.reader.findStaleStatuses([...new Set(rows.map((row) => row.property_id))]);
    const skipped = await this.#refresh(stale);
    if (skipped.size > 0) this.#checkLateNextStep();
    this.#statuses = this.#statuses.afterReading(
      rows.filter((row) => !skipped.has(row.property_id)).map(({ id }) => id),
      performance.now(),
    );
    this.#checkpoint = { ...this.#checkpoint, statusHistoryId: this.#statuses.settled };
    return { count: stale.length - skipped.size, more: rows.length >= PAGE_SIZE };
  }

  async #syncChanges(withLate: boolean): Promise<ReadReport> {
    const start = {
      changedTo: this.#checkpoint.changedTo,
      lookBackSeconds: withLate ? LATE_LOOK_BACK_SECONDS : LOOK_BACK_SECONDS,
    };
    // Taken before the scan, so that the next scan reads the changes that happen during this one.
    if (!this.#scanPosition) this.#scanEnd = await this.reader.findLastChangeTime();
    const changes = await this.reader.findChanges(start, this.#scanPosition, PAGE_SIZE);
    const underived = changes.filter((change) => !change.isDerived).map(({ id }) => id);
    const skipped = await this.#refresh(underived);
    const more = changes.length === PAGE_SIZE;
    this.#scanPosition = more ? (changes.at(-1) as PropertyChange) : null;
    if (!more) this.#checkpoint = { ...this.#checkpoint, changedTo: this.#scanEnd };
    return { count: underived.length - skipped.size, more };
  }

  async #syncLikes(withLate: boolean): Promise<ReadReport> {
    const rows = await this.reader.findRows('property_likes', this.#likes, withLate, PAGE_SIZE);
    const ids = rows.map(({ id }) => id);
    let count = 0;
    const skipped = await this.#likeBatches.run(ids, async (batch) => {
      const report = await this.likeEvents.record(batch);
      count += report.count;
      return report.skipped;
    });
    if (skipped.size > 0) this.#checkLateNextStep();
    this.#likes = this.#likes.afterReading(
      ids.filter((id) => !skipped.has(id)),
      performance.now(),
    );
    this.#checkpoint = { ...this.#checkpoint, likeId: this.#likes.settled };
    return { count, more: rows.length >= PAGE_SIZE };
  }

  /** Compares a batch of properties with their rows, and one city with its counts, and corrects the differences. */
  async #sweep(): Promise<number> {
    const ids = await this.reader.findPropertyIds(this.#checkpoint.sweptTo, BATCH_SIZE);
    const skipped = await this.#refresh(ids);
    const { count, isComplete } = await this.likeEvents.reconcile(ids);
    const city = await this.derivedData.nextCity(this.#checkpoint.sweptCity);
    const isCityCorrected = city !== undefined && (await this.derivedData.recount(city));
    // The next sweep retries the same batch when other transactions have locked rows of it.
    const isRetried = !(isComplete && skipped.size === 0) && this.#sweepRetries < MAX_SWEEP_RETRIES;
    this.#sweepRetries = isRetried ? this.#sweepRetries + 1 : 0;
    const next = ids.length < BATCH_SIZE ? 0 : (ids.at(-1) as number);
    const sweptTo = isRetried ? this.#checkpoint.sweptTo : next;
    this.#checkpoint = { ...this.#checkpoint, sweptTo, sweptCity: city ?? '' };
    this.#sweptAt = performance.now();
    return count + (isCityCorrected ? 1 : 0);
  }

  #refresh(ids: readonly number[]): Promise<Set<number>> {
    return this.#propertyBatches.run(ids, (batch) => this.derivedData.refresh(batch));
  }

  /** Skipped rows lie before the cursor, so only a late check finds them again. */
  #checkLateNextStep(): void {
    this.#lateCheckedAt = -Infinity;
  }
}
