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
    await this.#rebuildTrust();
    const report = { properties: 0, corrected: 0 };
    const halfLives = new Set<number>();
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      const { ids, changed, halfLifeDays } = await inTransaction(this.em, () => this.#rebuildBatch(start));
      halfLives.add(halfLifeDays);
      report.properties += ids.length;
      report.corrected += changed.length;
      after = ids.at(-1);
    }
    // If the worker changed the half-life meanwhile, its own rebuild must go on.
    if (halfLives.size === 1) await inTransaction(this.em, () => this.#endWorkerRebuild());
    return report;
  }

  /** Applies the trust rules to the whole log. Only the newest like events are judged while the worker waits. */
  async #rebuildTrust(): Promise<void> {
    const judged = await this.trust.judgeFrom(0);
    await inTransaction(this.em, async () => {
      await this.checkpoints.lock();
      const newest = await this.trust.judgeFrom(Math.max(0, judged.to - RECHECKED_IDS));
      await this.trust.replace([...judged.verdicts, ...newest.verdicts]);
    });
    for (let more = true; more;)
      more = await inTransaction(this.em, async () => {
        await this.checkpoints.lock();
        return this.trust.apply();
      });
  }

  async #rebuildBatch(after: number): Promise<RebuiltBatch> {
    const { rankingHalfLifeDays } = this.config;
    const before = await this.checkpoints.lock();
    const checkpoint =
      before.halfLifeDays === null
        ? await this.checkpoints.beginRebuild(before, rankingHalfLifeDays)
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
    });
    return { ids, changed, halfLifeDays };
  }

  /** Ends a rebuild that the worker had begun: all its properties have been recomputed here. */
  async #endWorkerRebuild(): Promise<void> {
    await this.checkpoints.save({ ...(await this.checkpoints.lock()), rebuiltTo: null });
  }
}
