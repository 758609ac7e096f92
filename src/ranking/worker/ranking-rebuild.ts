import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { ChangeFeed } from './change-feed.js';
import { begin, lockState, type RankingSettings, saveState, timeOf } from './ranking-checkpoint.js';
import { RankingWriter } from './ranking-writer.js';

const BATCH = 500;

export interface RankingReport {
  /** All there are. */
  homes: number;
  /** Those whose numbers were not what their likes say. */
  corrected: number;
}

/**
 * Makes the ranking anew, from the likes alone, also while a consumer keeps it up to date. With the half-life that the scores
 * have: to change it is the consumer's business.
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
    const report = { homes: 0, corrected: 0 };
    const halfLives = new Set<number>();
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      const { ids, changed, halfLifeDays } = await inTransaction(this.em, (em) => this.#batch(em, start));
      halfLives.add(halfLifeDays);
      report.homes += ids.length;
      report.corrected += changed.length;
      after = ids.at(-1);
    }
    // Where the consumer took another one meanwhile it goes on.
    if (halfLives.size === 1) await inTransaction(this.em, (em) => this.#end(em));
    return report;
  }

  async #batch(
    em: EntityManager,
    after: number,
  ): Promise<{ ids: number[]; changed: number[]; halfLifeDays: number }> {
    const writer = new RankingWriter(em, this.#settings.zone);
    const before = await lockState(em);
    const state = before.halfLifeDays === null ? await begin(em, before, this.#settings) : before;
    const ids = await new ChangeFeed(em, this.#settings.zone).findHomes(after, BATCH);
    const halfLifeDays = state.halfLifeDays ?? this.#settings.halfLifeDays;
    const moment = { time: timeOf(state), halfLifeDays };
    const touched = new Map(ids.map((id) => [id, 'all'] as const));
    const { changed } = await writer.refresh(touched, moment, state.version + 1, { waits: true });
    const version = state.version + (changed.length > 0 ? 1 : 0);
    await saveState(em, { ...state, version, countedTo: ids.length > 0 ? moment.time : state.countedTo });
    return { ids, changed, halfLifeDays };
  }

  /** A rebuild that the consumer had begun and not got far with is done. */
  async #end(em: EntityManager): Promise<void> {
    await saveState(em, { ...(await lockState(em)), rebuiltTo: null });
  }
}
