import { isDeepStrictEqual } from 'node:util';
import { Injectable, Scope } from '@nestjs/common';
import { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';
import { BatchRunner } from '../background/batch-runner.js';
import { FailingSteps } from '../background/failing-steps.js';
import { LikeEventSync } from '../likes/like-event-sync.js';
import { DerivedDataRefresh } from '../properties/write/derived-data-refresh.js';
import { ChangeScan } from './change-scan.js';
import { LegacySyncReader, type Checkpoint } from './legacy-sync-reader.js';
import { SkippedRows } from './skipped-rows.js';
import { Sweep } from './sweep.js';

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
  /** True when the next read should follow without a pause. */
  more: boolean;
}

const NOTHING: ReadReport = { count: 0, more: false };
// Rows per read of a log or of the changes.
const PAGE_SIZE = 2_000;
// Changes that a look-back reads per step, if it finds nothing in them. It bounds what a bulk write costs afterwards.
const LATE_PAGE_SIZE = 1_000;
// Rows per transaction, which locks them.
const BATCH_SIZE = 100;
// Skipped rows that one step tries again.
const MAX_RETRIED = 500;
// Reads of the changes look back by this time: usually 2 s, and in a late check longer than any transaction of another program
// stays open.
const LOOK_BACK_SECONDS = 2;
const LATE_LOOK_BACK_SECONDS = 120;
const LATE_CHECK_INTERVAL_MS = 3_000;
// At 100 properties and 1,000 likes per sweep, a million properties take 17 hours, and five million likes 8.
const SWEEP_INTERVAL_MS = 6_000;

/**
 * Brings the writes of other programs into the derived data: new rows of the logs by id, changed properties by `updated_at`. Rows
 * that the service wrote itself arrive the same way and need no work. A sweep over all rows finds deletions within a day. Its
 * state belongs to one worker's lock: call start() once, then step().
 */
@Injectable({ scope: Scope.TRANSIENT })
export class LegacySync {
  #lateCheckedAt = -Infinity;
  /** False until the changes since the checkpoint were read once: before that, they are read without pauses. */
  #isCaughtUp = false;
  #recent!: ChangeScan;
  #late!: ChangeScan;
  #statuses!: GapTolerantCursor;
  #likes!: GapTolerantCursor;
  #sweptAt = performance.now();
  readonly #propertyBatches = new BatchRunner(BATCH_SIZE, 'property');
  readonly #likeBatches = new BatchRunner(BATCH_SIZE, 'property_likes');
  readonly #skippedProperties = new SkippedRows();
  readonly #skippedLikes = new SkippedRows();
  readonly #sweep: Sweep;
  #checkpoint!: Checkpoint;

  constructor(
    private readonly reader: LegacySyncReader,
    private readonly derivedData: DerivedDataRefresh,
    private readonly likeEvents: LikeEventSync,
    private readonly steps: FailingSteps,
  ) {
    this.#sweep = new Sweep(reader, derivedData, likeEvents, this.#propertyBatches, steps);
  }

  /** Continues from the stored checkpoint. */
  async start(): Promise<void> {
    const { to: now } = await this.reader.findScanRange(null, 0);
    this.#checkpoint = await this.reader.findCheckpoint();
    this.#statuses = GapTolerantCursor.from(this.#checkpoint.status_history_id);
    this.#likes = GapTolerantCursor.from(this.#checkpoint.like_id);
    this.#recent = new ChangeScan(this.reader, LOOK_BACK_SECONDS, now);
    this.#late = new ChangeScan(this.reader, LATE_LOOK_BACK_SECONDS, this.#checkpoint.changed_to);
  }

  /**
   * Reads each source once and saves the checkpoint.
   * @param options.late whether to look for rows that committed late; its cost grows with the rate of writes
   * @param options.sweeps whether to sweep a batch of each table
   */
  async step({
    late = performance.now() - this.#lateCheckedAt > LATE_CHECK_INTERVAL_MS,
    sweeps = performance.now() - this.#sweptAt > SWEEP_INTERVAL_MS,
  } = {}): Promise<StepReport> {
    const before = this.#checkpoint;
    if (late) this.#lateCheckedAt = performance.now();
    const read = (source: string, work: () => Promise<ReadReport>): Promise<ReadReport> =>
      this.steps.run(`legacy-sync: ${source}`, work, NOTHING);
    const retry = (source: string, work: () => Promise<number>): Promise<ReadReport> =>
      read(source, async () => ({ count: await work(), more: false }));
    const properties = [
      await retry('skipped properties', () => this.#refresh(this.#skippedProperties.next(MAX_RETRIED))),
      await read('status history', () => this.#syncStatuses(late)),
      await read('changed properties', () => this.#syncChanges(this.#recent, PAGE_SIZE)),
      late || this.#late.isRunning
        ? await read('properties changed late', () => this.#syncLateChanges())
        : NOTHING,
    ];
    const likes = [
      await retry('skipped likes', () => this.#recordLikes(this.#skippedLikes.next(MAX_RETRIED))),
      await read('likes', () => this.#syncLikes(late)),
    ];
    const swept = sweeps ? await this.#sweepOnce() : 0;
    // The time alone is not worth a write: after a restart, some more changes are read again.
    if (!isDeepStrictEqual({ ...this.#checkpoint, changed_to: before.changed_to }, before))
      await this.reader.saveCheckpoint(
        this.#skippedLikes.before(this.#skippedProperties.before(this.#checkpoint)),
      );
    return {
      properties: properties.reduce((sum, { count }) => sum + count, 0),
      likes: likes.reduce((sum, { count }) => sum + count, 0),
      swept,
      more: [...properties, ...likes].some(({ more }) => more),
    };
  }

  async #syncStatuses(withLate: boolean): Promise<ReadReport> {
    const rows = await this.reader.findRows('status_history', this.#statuses, withLate, PAGE_SIZE);
    const stale = await this.derivedData.findStale([...new Set(rows.map((row) => row.property_id))]);
    const count = await this.#refresh(stale);
    this.#statuses = this.#statuses.afterReading(
      rows.map(({ id }) => id),
      performance.now(),
    );
    this.#checkpoint = { ...this.#checkpoint, status_history_id: this.#statuses.settled };
    return { count, more: rows.length >= PAGE_SIZE };
  }

  async #syncChanges(scan: ChangeScan, pageSize: number): Promise<ReadReport> {
    const changes = await scan.read(pageSize);
    const underived = changes.filter((change) => !change.isDerived).map(({ id }) => id);
    const count = await this.#refresh(underived.filter((id) => !this.#skippedProperties.has(id)));
    return { count, more: scan.advance(changes, pageSize) };
  }

  /** Reads the next page of the changes again, for those that were committed late. */
  async #syncLateChanges(): Promise<ReadReport> {
    const { count, more } = await this.#syncChanges(
      this.#late,
      this.#isCaughtUp ? LATE_PAGE_SIZE : PAGE_SIZE,
    );
    if (!more) this.#checkpoint = { ...this.#checkpoint, changed_to: this.#late.completedTo };
    const isUrgent = count > 0 || !this.#isCaughtUp;
    this.#isCaughtUp ||= !more;
    return { count, more: more && isUrgent };
  }

  async #syncLikes(withLate: boolean): Promise<ReadReport> {
    const rows = await this.reader.findRows('property_likes', this.#likes, withLate, PAGE_SIZE);
    const ids = rows.map(({ id }) => id);
    const count = await this.#recordLikes(ids);
    this.#likes = this.#likes.afterReading(ids, performance.now());
    this.#checkpoint = { ...this.#checkpoint, like_id: this.#likes.settled };
    return { count, more: rows.length >= PAGE_SIZE };
  }

  async #sweepOnce(): Promise<number> {
    const { checkpoint, count } = await this.#sweep.run(this.#checkpoint);
    this.#checkpoint = checkpoint;
    this.#sweptAt = performance.now();
    return count;
  }

  /** @returns how many properties were refreshed; those that are locked are tried again in each step until they are free */
  async #refresh(ids: readonly number[]): Promise<number> {
    const skipped = await this.#propertyBatches.run(ids, (batch) => this.derivedData.refresh(batch));
    this.#skippedProperties.update(ids, skipped, this.#checkpoint);
    return ids.length - skipped.size;
  }

  /** @returns how many like events were written; likes that are locked are tried again in each step until they are free */
  async #recordLikes(ids: readonly number[]): Promise<number> {
    let count = 0;
    const skipped = await this.#likeBatches.run(ids, async (batch) => {
      const report = await this.likeEvents.record(batch);
      count += report.count;
      return report.skipped;
    });
    this.#skippedLikes.update(ids, skipped, this.#checkpoint);
    return count;
  }
}
