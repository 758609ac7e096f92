import { EntityManager } from '@mikro-orm/mysql';
import { Injectable, Scope } from '@nestjs/common';
import { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { FailingSteps } from '../../background/failing-steps.js';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { PAST_RETENTION_MS } from '../model/ranking.entity.js';
import { type DaysToRead, unionOfDays } from './likes-reader.js';
import { ChangeFeed } from './change-feed.js';
import {
  type Checkpoint,
  computationTime,
  MAX_CLOCK_LAG_MS,
  mustPrepare,
  notAfter,
  PREPARED_ALL,
  RankingCheckpoints,
  withClockChecked,
} from './ranking-checkpoint.js';
import { type DueTasks, type StepPlan, StepPlanner, withAllDays } from './plan-step.js';
import { SetAside } from './set-aside.js';
import { RankingWriter } from './ranking-writer.js';
import { StepBatches } from './step-batches.js';
import { TrustUpdater } from './trust-updater.js';
import { dayOf } from '../model/score.js';

export interface StepReport {
  /** The number of properties that were recomputed. */
  properties: number;
  /** The number of like events that were read. */
  events: number;
  /** The number of properties that the self-check compared. */
  checked: number;
  /** The ids of checked properties whose numbers were wrong. They have been corrected. */
  drifted: number[];
  /** Whether the next step has work at once. */
  more: boolean;
}

/** A property that was left to the next step: another transaction had it locked, or the time of the step was over. */
interface SkippedProperty {
  days: DaysToRead;
  /** The position before the input that requested it: after a crash, reading starts here again. */
  since: Pick<Checkpoint, 'factId' | 'searchVersion'>;
}

interface StepResult {
  checkpoint: Checkpoint;
  cursor: GapTolerantCursor;
  skipped: ReadonlyMap<number, SkippedProperty>;
  recomputed: ReadonlySet<number>;
  isCut: boolean;
  isChecking: boolean;
  report: StepReport;
}

const SELF_CHECK_INTERVAL_MS = 60_000;
/** Ids. A look back over fewer ids runs in every step; over more, once per LOOK_BACK_INTERVAL_MS. */
const CHEAP_LOOK_BACK_IDS = 1_000;
const LOOK_BACK_INTERVAL_MS = 1_000;

/**
 * Keeps the stored ranking equal to what the likes give. It never increments a number: it recomputes a property from its
 * current likes when a like event names it, when its columns change, or when it is due. So a like event that is read twice,
 * late, or after a crash counts once. Each step is one transaction, which also saves the checkpoint. Its state belongs to one
 * worker's lock: call start() once, then step().
 */
@Injectable({ scope: Scope.TRANSIENT })
export class RankingUpdater {
  // The first step includes a self-check.
  #checkedAt = -Infinity;
  #lookedBackAt = -Infinity;
  #skipped: ReadonlyMap<number, SkippedProperty> = new Map();
  /** Whether the time of the last step was over before all its properties were recomputed. */
  #isCut = false;
  readonly #setAside: SetAside;
  readonly #batches: StepBatches;
  /** The version after each step, with the time of the step, oldest first. */
  readonly #versions: { at: number; version: number }[] = [];

  #checkpoint!: Checkpoint;
  #cursor!: GapTolerantCursor;

  constructor(
    private readonly em: EntityManager,
    private readonly checkpoints: RankingCheckpoints,
    private readonly planner: StepPlanner,
    private readonly feed: ChangeFeed,
    private readonly writer: RankingWriter,
    private readonly trust: TrustUpdater,
    private readonly config: Config,
    failingSteps: FailingSteps,
  ) {
    this.#setAside = new SetAside(failingSteps);
    this.#batches = new StepBatches(em, writer, this.#setAside);
  }

  /** Continues from the stored checkpoint. Begins a rebuild when the half-life differs from that of the stored scores. */
  async start(): Promise<void> {
    const { rankingHalfLifeDays } = this.config;
    this.#checkpoint = await inTransaction(this.em, async () => {
      const before = await this.checkpoints.lock();
      // An older program, which does not write all columns, may have run since.
      return before.halfLifeDays === rankingHalfLifeDays && before.writtenVersion === before.version
        ? before
        : this.checkpoints.beginRebuild(before, rankingHalfLifeDays);
    });
    this.#cursor = GapTolerantCursor.from(this.#checkpoint.factId);
  }

  /** Does the next batch of work in one transaction. @returns null when there is no work */
  async step(): Promise<StepReport | null> {
    const now = performance.now();
    const { settled, last } = this.#cursor;
    const isLookBackCheap = last - settled < CHEAP_LOOK_BACK_IDS;
    const tasks: DueTasks = {
      selfCheck: now - this.#checkedAt > SELF_CHECK_INTERVAL_MS,
      lookBack: settled < last && (isLookBackCheap || now - this.#lookedBackAt > LOOK_BACK_INTERVAL_MS),
    };
    if (!tasks.selfCheck && !(await this.#hasWork(tasks.lookBack))) return null;
    const result = await inTransaction(this.em, () => this.#run(tasks));
    // Only after the commit: a transaction that is retried must start from the old values.
    this.#checkpoint = result.checkpoint;
    this.#cursor = result.cursor;
    this.#skipped = result.skipped;
    this.#isCut = result.isCut;
    this.#setAside.recomputed(result.recomputed);
    this.#versions.push({ at: now, version: result.checkpoint.version });
    if (result.isChecking) this.#checkedAt = now;
    if (tasks.lookBack) this.#lookedBackAt = now;
    return result.report;
  }

  async #hasWork(lookBack: boolean): Promise<boolean> {
    const now = Date.now();
    const { rebuiltTo, day, countedTo, searchVersion, judgedTo, factId } = this.#checkpoint;
    if (rebuiltTo !== null || judgedTo < factId || lookBack) return true;
    if (this.#skipped.size > 0 || this.#setAside.due().size > 0) return true;
    if (dayOf(now) !== day || now < countedTo - MAX_CLOCK_LAG_MS || mustPrepare(this.#checkpoint))
      return true;
    const newest = await this.feed.findNewest();
    return (
      newest.lastEventId > this.#cursor.last ||
      newest.searchVersion > searchVersion ||
      newest.hasTrustChanges === 1 ||
      (newest.dueAt ?? Infinity) <= now
    );
  }

  async #run(tasks: DueTasks): Promise<StepResult> {
    // While properties are skipped, the stored search version lags behind what this process has read.
    const stored = withClockChecked(await this.checkpoints.lock());
    const preparedTo = mustPrepare(stored)
      ? await this.writer.prepareNextDay(stored.day + 1, stored.preparedTo ?? 0)
      : stored.preparedTo;
    const preparedMore = preparedTo !== stored.preparedTo;
    const before = { ...stored, preparedTo, searchVersion: this.#checkpoint.searchVersion };
    const time = computationTime(before);
    const inputs = await this.planner.plan({
      ...tasks,
      before,
      time,
      cursor: this.#cursor,
      skipped: this.#toRetry(),
      readsChanges: !this.#isCut,
    });
    const trust = await this.trust.step(inputs.events, before, inputs.scanned);
    const plan = withAllDays(inputs, trust.changedIds);
    const parameters = {
      time,
      halfLifeDays: before.halfLifeDays ?? this.config.rankingHalfLifeDays,
      preparesNextDay: before.preparedTo !== null,
    };
    const result = await this.#batches.run(plan.toRecompute, parameters, before.version + 1);
    const { changed, recomputed, isCut } = result;
    const skipped = this.#toRetryNext(result.skipped, before, plan);
    await this.trust.recomputed(trust.changedIds.filter((id) => !skipped.has(id)));

    const endsDay = plan.readsAll && !isCut && preparedTo === PREPARED_ALL && dayOf(Date.now()) > before.day;
    await this.writer.purgePast(this.#purgeableVersion());

    const readIds = plan.events.map(({ id }) => id);
    const cursor = this.#cursor.afterReading(readIds, performance.now());
    const checkpoint: Checkpoint = {
      ...before,
      factId: cursor.settled,
      searchVersion: plan.searchedTo,
      version: before.version + (changed.size > 0 || endsDay ? 1 : 0),
      rebuiltTo: before.rebuiltTo === null ? null : plan.scannedTo,
      checkedTo: plan.isChecking ? (plan.scannedTo ?? 0) : before.checkedTo,
      countedTo: plan.toRecompute.size > 0 ? time : before.countedTo,
      day: before.day + (endsDay ? 1 : 0),
      preparedTo: endsDay ? null : preparedTo,
      judgedTo: trust.judgedTo ?? cursor.settled,
    };
    await this.checkpoints.save(
      notAfter(
        checkpoint,
        [...skipped.values()].map(({ since }) => since),
      ),
    );
    // After the end of a day, the numbers of the new day can be computed at once.
    const more =
      !plan.readsAll || isCut || checkpoint.rebuiltTo !== null || endsDay || preparedMore || trust.more;
    const report = { ...reportOf(plan, changed), more };
    return { checkpoint, cursor, skipped, recomputed, isCut, isChecking: plan.isChecking, report };
  }

  #toRetry(): Map<number, DaysToRead> {
    const retried = this.#setAside.due();
    for (const [id, { days }] of this.#skipped) retried.set(id, unionOfDays(retried.get(id), days));
    return retried;
  }

  /** @param skipped by this step: another transaction had them locked, or the time was over */
  #toRetryNext(
    skipped: readonly number[],
    before: Checkpoint,
    { toRecompute, requested, isChecking }: StepPlan,
  ): Map<number, SkippedProperty> {
    const since = { factId: this.#cursor.settled, searchVersion: before.searchVersion };
    return new Map(
      skipped
        // The self-check comes around again: only requested properties must be retried.
        .filter((id) => !isChecking || requested.has(id))
        .map((id) => [id, { since, ...this.#skipped.get(id), days: toRecompute.get(id)! }]),
    );
  }

  /** The newest known version that no valid cursor can hold; 0 when none is known. */
  #purgeableVersion(): number {
    const now = performance.now();
    const old = this.#versions.findLastIndex(({ at }) => at < now - 1.25 * PAST_RETENTION_MS);
    if (old > 0) this.#versions.splice(0, old);
    return old < 0 ? 0 : (this.#versions[0]?.version ?? 0);
  }
}

function reportOf(plan: StepPlan, changed: ReadonlySet<number>): Omit<StepReport, 'more'> {
  const checked = plan.isChecking ? plan.scanned : [];
  return {
    properties: plan.toRecompute.size,
    events: plan.events.length,
    checked: checked.length,
    drifted: checked.filter((id) => changed.has(id) && !plan.requested.has(id)),
  };
}
