import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { ChangeFeed } from './change-feed.js';
import { computationTime, RankingCheckpoints } from './ranking-checkpoint.js';
import { RankingWriter } from './ranking-writer.js';
import { TrustUpdater } from './trust-updater.js';

/** Properties per transaction. */
const BATCH_SIZE = 500;
/** Like events that are judged again under the lock: lower ids may have been committed late. */
const RECHECKED_IDS = 1_000;

export interface RankingReport {
  /** The number of all properties. */
  properties: number;
  /** The number of properties whose stored numbers differed from their likes. */
  corrected: number;
}

interface RebuiltBatch {
  ids: number[];
  changed: number[];
  halfLifeDays: number;
  /** See Checkpoint. */
  rebuiltTo: number | null;
  /** Whether a rebuild of all properties began with this batch. */
  begins: boolean;
}

/**
 * Recomputes the ranking of all properties from their likes, batch by batch. A worker may run meanwhile. Uses the half-life
 * of the stored scores: only the worker changes it.
 */
@Injectable()
export class RankingRebuild {
  constructor(
    private readonly em: EntityManager,
    private readonly checkpoints: RankingCheckpoints,
    private readonly feed: ChangeFeed,
    private readonly writer: RankingWriter,
    private readonly trust: TrustUpdater,
    private readonly config: Config,
  ) {}

  async rebuild(): Promise<RankingReport> {
    const judgedTo = await this.#rebuildTrust();
    const report = { properties: 0, corrected: 0 };
    const halfLives = new Set<number>();
    const positions = new Set<number | null>();
    let isInterrupted = false;
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      const batch = await inTransaction(this.em, () => this.#rebuildBatch(start, judgedTo));
      const { ids, changed } = batch;
      halfLives.add(batch.halfLifeDays);
      positions.add(batch.rebuiltTo);
      isInterrupted ||= batch.begins && start > 0;
      report.properties += ids.length;
      report.corrected += changed.length;
      after = ids.at(-1);
    }
    // A rebuild that the worker began meanwhile, for another half-life, clock or program, is not done here.
    if (!isInterrupted && halfLives.size === 1 && positions.size === 1)
      await inTransaction(this.em, () => this.#endWorkerRebuild([...positions][0]!));
    return report;
  }

  /**
   * Applies the trust rules to the whole log. Only the newest like events are judged while the worker waits.
   * @returns the like event up to which the rules have read
   */
  async #rebuildTrust(): Promise<number> {
    const { verdicts, to } = await this.trust.judgeAll();
    await inTransaction(this.em, async () => {
      await this.checkpoints.lock();
      await this.trust.judgeAfter(Math.max(0, to - RECHECKED_IDS), verdicts);
      await this.trust.replace(verdicts);
    });
    for (let more = true; more;)
      more = await inTransaction(this.em, async () => {
        await this.checkpoints.lock();
        return this.trust.apply();
      });
    return to;
  }

  async #rebuildBatch(after: number, judgedTo: number): Promise<RebuiltBatch> {
    const { rankingHalfLifeDays } = this.config;
    const before = await this.checkpoints.lock();
    // An older program, which does not write all columns, may have run since.
    const begins = before.halfLifeDays === null || before.writtenVersion !== before.version;
    const checkpoint = begins
      ? await this.checkpoints.beginRebuild(before, before.halfLifeDays ?? rankingHalfLifeDays)
      : before;
    const ids = await this.feed.findPropertyIds(after, BATCH_SIZE);
    const halfLifeDays = checkpoint.halfLifeDays ?? rankingHalfLifeDays;
    const time = computationTime(checkpoint);
    const { changed } = await this.writer.refresh(
      new Map(ids.map((id) => [id, 'all'] as const)),
      { time, halfLifeDays, preparesNextDay: checkpoint.preparedTo !== null },
      checkpoint.version + 1,
      { waitForLocks: true },
    );
    await this.trust.recomputed(ids);
    await this.checkpoints.save({
      ...checkpoint,
      version: checkpoint.version + (changed.length > 0 ? 1 : 0),
      countedTo: ids.length > 0 ? time : checkpoint.countedTo,
      judgedTo: Math.max(checkpoint.judgedTo, judgedTo),
    });
    return { ids, changed, halfLifeDays, rebuiltTo: checkpoint.rebuiltTo, begins };
  }

  /** Ends a rebuild of all properties, which were recomputed here, unless the worker has gone on with it: it ends its own. */
  async #endWorkerRebuild(position: number | null): Promise<void> {
    const checkpoint = await this.checkpoints.lock();
    if (checkpoint.rebuiltTo === position) await this.checkpoints.save({ ...checkpoint, rebuiltTo: null });
  }
}
