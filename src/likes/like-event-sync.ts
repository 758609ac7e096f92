import type { EntityManager } from '@mikro-orm/mysql';
import { chunk } from '../background/batch-runner.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { LikeEvent } from './like-event.entity.js';
import { liked, type LikeEventRepository, type Pair, pairKey } from './like-event.repository.js';

// So many likes at most are kept from being changed at once, for as long as it takes to write as many facts.
const PART = 500;

/** What recording has done. */
interface RecordReport {
  /** How many were no fact. */
  count: number;
  /** Those that are none still: others are changing them. */
  left: number[];
}

interface ReconcileReport {
  /** How many facts were missing. */
  count: number;
  /** False: others are changing some that should have been looked at. */
  isWhole: boolean;
}

/** Keeps the history of likes up to date with the likes that other programs write and delete. */
export class LikeEventSync {
  readonly #events: LikeEventRepository;

  /**
   * @param em whose connection does all of it
   * @param zone of the database
   */
  constructor(
    private readonly em: EntityManager,
    private readonly zone: string,
  ) {
    this.#events = em.getRepository(LikeEvent);
  }

  /**
   * Makes facts of likes that other programs have written; those that are facts already stay as they are. A like of a home
   * that is liked already, by the history, was taken back in between.
   */
  async record(likeIds: readonly number[]): Promise<RecordReport> {
    const found = (await this.#events.findUnrecorded(likeIds)).map(({ id }) => id);
    if (found.length === 0) return { count: 0, left: [] };
    return inTransaction(
      this.em,
      async (em) => {
        const events = em.getRepository(LikeEvent);
        const held = await events.holdStanding(found);
        const missing = await events.findUnrecorded([...held]);
        const last = await events.findLastActions(missing);
        await events.recordAll(missing.flatMap((like) => liked(like, like.at, last.get(pairKey(like)))));
        return { count: missing.length, left: found.filter((id) => !held.has(id)) };
      },
      READ_COMMITTED,
    );
  }

  /**
   * Brings the history of these homes in line with the likes that stand: records those that are no fact, and that those
   * which have vanished were taken back, now.
   */
  async reconcile(propertyIds: readonly number[]): Promise<ReconcileReport> {
    const report = { count: 0, isWhole: true };
    const unrecorded = await this.#events.findUnrecordedOf(propertyIds);
    for (const part of chunk(unrecorded, PART)) {
      const { count, left } = await this.record(part.map(({ id }) => id));
      report.count += count;
      report.isWhole &&= left.length === 0;
    }
    for (const part of chunk(await this.#events.findVanished(propertyIds), PART)) {
      const { count, left } = await this.#recordVanished(part);
      report.count += count;
      report.isWhole &&= left === 0;
    }
    return report;
  }

  async #recordVanished(pairs: readonly Pair[]): Promise<{ count: number; left: number }> {
    const at = toDatabaseTime(new Date(), this.zone);
    return inTransaction(
      this.em,
      async (em) => {
        const events = em.getRepository(LikeEvent);
        const held = await events.holdPairs(pairs);
        const last = await events.findLastActions(held);
        const standing = new Set((await events.findStanding(held)).map(pairKey));
        const vanished = held.filter(
          (pair) => last.get(pairKey(pair)) === 'liked' && !standing.has(pairKey(pair)),
        );
        await events.recordAll(vanished.map((pair) => ({ ...pair, action: 'unliked', at })));
        return { count: vanished.length, left: pairs.length - held.length };
      },
      READ_COMMITTED,
    );
  }
}
