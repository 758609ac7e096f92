import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { ChangeFeed } from './change-feed.js';
import {
  beginRebuild,
  computationTime,
  lockCheckpoint,
  type RankingSettings,
  saveCheckpoint,
} from './ranking-checkpoint.js';
import { RankingWriter } from './ranking-writer.js';

/** Properties per transaction. */
const BATCH_SIZE = 500;

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
  readonly #settings: RankingSettings;

  constructor(
    private readonly em: EntityManager,
    { rankingHalfLifeDays: halfLifeDays, database }: Config,
  ) {
    this.#settings = { halfLifeDays, zone: database.timezone };
  }

  async rebuild(): Promise<RankingReport> {
    const report = { properties: 0, corrected: 0 };
    const halfLives = new Set<number>();
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      const { ids, changed, halfLifeDays } = await inTransaction(this.em, (em) =>
        this.#rebuildBatch(em, start),
      );
      halfLives.add(halfLifeDays);
      report.properties += ids.length;
      report.corrected += changed.length;
      after = ids.at(-1);
    }
    // If the worker changed the half-life meanwhile, its own rebuild must go on.
    if (halfLives.size === 1) await inTransaction(this.em, (em) => this.#endWorkerRebuild(em));
    return report;
  }

  async #rebuildBatch(em: EntityManager, after: number): Promise<RebuiltBatch> {
    const writer = new RankingWriter(em, this.#settings.zone);
    const before = await lockCheckpoint(em);
    const checkpoint = before.halfLifeDays === null ? await beginRebuild(em, before, this.#settings) : before;
    const ids = await new ChangeFeed(em, this.#settings.zone).findPropertyIds(after, BATCH_SIZE);
    const halfLifeDays = checkpoint.halfLifeDays ?? this.#settings.halfLifeDays;
    const time = computationTime(checkpoint);
    const { changed } = await writer.refresh(
      new Map(ids.map((id) => [id, 'all'] as const)),
      { time, halfLifeDays },
      checkpoint.version + 1,
      { waitForLocks: true },
    );
    await saveCheckpoint(em, {
      ...checkpoint,
      version: checkpoint.version + (changed.length > 0 ? 1 : 0),
      countedTo: ids.length > 0 ? time : checkpoint.countedTo,
    });
    return { ids, changed, halfLifeDays };
  }

  /** Ends a rebuild that the worker had begun: all its properties have been recomputed here. */
  async #endWorkerRebuild(em: EntityManager): Promise<void> {
    await saveCheckpoint(em, { ...(await lockCheckpoint(em)), rebuiltTo: null });
  }
}
