import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { inTransaction } from '../database/transaction.js';
import { RankingFeed } from './ranking-feed.js';
import { type RankingSettings, takeHalfLife } from './ranking-updater.js';
import { RankingWriter } from './ranking-writer.js';

const BATCH = 500;

export interface RankingReport {
  /** All there are. */
  homes: number;
  /** Those whose numbers were not what their likes say. */
  corrected: number;
}

/** Makes the ranking anew, from the likes alone, also while a consumer keeps it up to date. */
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
    await inTransaction(this.em, (em) => takeHalfLife(em, this.#settings));
    const report = { homes: 0, corrected: 0 };
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      const { ids, changed } = await inTransaction(this.em, (em) => this.#batch(em, start));
      report.homes += ids.length;
      report.corrected += changed.length;
      after = ids.at(-1);
    }
    await inTransaction(this.em, (em) => this.#end(em));
    return report;
  }

  async #batch(em: EntityManager, after: number): Promise<{ ids: number[]; changed: number[] }> {
    const { halfLifeDays, zone } = this.#settings;
    const writer = new RankingWriter(em, zone);
    const state = await writer.lock();
    const ids = await new RankingFeed(em).findHomes(after, BATCH);
    const time = Math.max(Date.now(), state.countedTo);
    const changed = await writer.refresh(ids, time, halfLifeDays, state.version + 1);
    const version = state.version + (changed.length > 0 ? 1 : 0);
    await writer.save({ ...state, version, countedTo: ids.length > 0 ? time : state.countedTo });
    return { ids, changed };
  }

  /** A rebuild that the consumer had to do is done. */
  async #end(em: EntityManager): Promise<void> {
    const writer = new RankingWriter(em, this.#settings.zone);
    const state = await writer.lock();
    if (state.halfLifeDays === this.#settings.halfLifeDays) await writer.save({ ...state, rebuiltTo: null });
  }
}
