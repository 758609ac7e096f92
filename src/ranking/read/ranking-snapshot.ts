import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import { Config } from '../../config/config.js';
import { inTransaction } from '../../database/transaction.js';
import { RankedHome } from '../model/ranking.entity.js';
import { RankingRepository } from './ranking.repository.js';
import { DAY_MS } from '../model/score.js';

/** A moment at which the ranking is read: everything in it was worked out for it. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly asOf: number;
  readonly halfLifeDays: number;
  readonly version: number;
  /** The UTC day that the windows end with. */
  readonly day: number;
}

const MOST = 1_000;
// A home that is deleted changes no version.
const MAX_AGE_MS = 10_000;

/** Of which moment the numbers are, and what was learnt from them as long as they are the same. */
@Injectable()
export class RankingSnapshots {
  readonly #remembered = new QuickLRU<string, Promise<unknown>>({ maxSize: MOST, maxAge: MAX_AGE_MS });

  constructor(
    private readonly em: EntityManager,
    private readonly ranking: RankingRepository,
    private readonly config: Config,
  ) {}

  /**
   * Now, as far as all homes are worked out for it: not before the last of them was, whose clock may be ahead of ours, not
   * after the clock has changed one, and not beyond the day of the windows.
   */
  async now(ranking = this.ranking): Promise<Moment> {
    const { version, halfLifeDays, countedTo, dueAt, day } = await ranking.findMoment();
    const asOf = Math.min(Math.max(Date.now(), countedTo), (dueAt ?? Infinity) - 1, (day + 1) * DAY_MS - 1);
    return { asOf, halfLifeDays: halfLifeDays ?? this.config.rankingHalfLifeDays, version, day };
  }

  /** Reads by several statements what was so at one moment. */
  snapshot<T>(read: (ranking: RankingRepository, em: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.em, (em) => read(em.getRepository(RankedHome), em));
  }

  /** Reads what depends on the numbers alone: once while they are what they are, also when many ask at once. */
  remember<T>(version: number, key: unknown, read: (ranking: RankingRepository) => Promise<T>): Promise<T> {
    const name = JSON.stringify([version, key]);
    const known = this.#remembered.get(name);
    if (known) return known as Promise<T>;
    const reading = this.snapshot(read);
    this.#remembered.set(name, reading);
    reading.catch(() => this.#remembered.delete(name));
    return reading;
  }
}
