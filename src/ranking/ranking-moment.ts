import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import { Config } from '../config/config.js';
import { RankingRepository } from './ranking.repository.js';

/** A moment at which the ranking is read: everything in it was worked out for it. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly asOf: number;
  readonly halfLifeDays: number;
  readonly version: number;
}

const MOST = 1_000;

/** Of which moment the numbers are, and what was learnt from them as long as they are the same. */
@Injectable()
export class RankingMoment {
  readonly #remembered = new QuickLRU<string, Promise<unknown>>({ maxSize: MOST });

  constructor(
    private readonly ranking: RankingRepository,
    private readonly config: Config,
  ) {}

  /**
   * Now, as far as all homes are worked out for it: not before the last of them was, whose clock may be ahead of ours, and
   * not after the clock has changed one.
   */
  async now(): Promise<Moment> {
    const { version, halfLifeDays, countedTo, dueAt } = await this.ranking.findMoment();
    const asOf = Math.min(Math.max(Date.now(), countedTo), (dueAt ?? Infinity) - 1);
    return { asOf, halfLifeDays: halfLifeDays ?? this.config.rankingHalfLifeDays, version };
  }

  /** Loads what depends on the numbers alone: once while they are what they are, also when many ask at once. */
  remember<T>({ version }: Moment, key: unknown, load: () => Promise<T>): Promise<T> {
    const name = JSON.stringify([version, key]);
    const known = this.#remembered.get(name);
    if (known) return known as Promise<T>;
    const loading = load();
    this.#remembered.set(name, loading);
    loading.catch(() => this.#remembered.delete(name));
    return loading;
  }
}
