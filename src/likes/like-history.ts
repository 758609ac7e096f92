import type { EntityManager } from '@mikro-orm/mysql';
import { chunk } from '../database/parts.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { liked, type LikeRepository, type Pair, pairKey } from './like.repository.js';
import { PropertyLike } from './property-like.entity.js';

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
export class LikeHistory {
  readonly #likes: LikeRepository;

  /**
   * @param em whose connection does all of it
   * @param zone of the database
   */
  constructor(
    private readonly em: EntityManager,
    private readonly zone: string,
  ) {
    this.#likes = em.getRepository(PropertyLike);
  }

  /**
   * Makes facts of likes that other programs have written; those that are facts already stay as they are. A like of a home
   * that is liked already, by the history, was taken back in between.
   */
  async record(likeIds: readonly number[]): Promise<RecordReport> {
    const found = (await this.#likes.findUnrecorded(likeIds)).map(({ id }) => id);
    if (found.length === 0) return { count: 0, left: [] };
    return inTransaction(
      this.em,
      async (em) => {
        const likes = em.getRepository(PropertyLike);
        const held = await likes.holdStanding(found);
        const missing = await likes.findUnrecorded([...held]);
        const last = await likes.findLastActions(missing);
        await likes.recordAll(missing.flatMap((like) => liked(like, like.at, last.get(pairKey(like)))));
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
    const unrecorded = await this.#likes.findUnrecordedOf(propertyIds);
    for (const part of chunk(unrecorded, PART)) {
      const { count, left } = await this.record(part.map(({ id }) => id));
      report.count += count;
      report.isWhole &&= left.length === 0;
    }
    for (const part of chunk(await this.#likes.findVanished(propertyIds), PART)) {
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
        const likes = em.getRepository(PropertyLike);
        const held = await likes.holdPairs(pairs);
        const last = await likes.findLastActions(held);
        const standing = new Set((await likes.findStanding(held)).map(pairKey));
        const vanished = held.filter(
          (pair) => last.get(pairKey(pair)) === 'liked' && !standing.has(pairKey(pair)),
        );
        await likes.recordAll(vanished.map((pair) => ({ ...pair, action: 'unliked', at })));
        return { count: vanished.length, left: pairs.length - held.length };
      },
      READ_COMMITTED,
    );
  }
}
