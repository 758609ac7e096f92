import type { EntityManager } from '@mikro-orm/mysql';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { pairKey, type LikeRepository } from './like.repository.js';
import { PropertyLike } from './property-like.entity.js';

/** What recording has done. */
interface RecordReport {
  /** How many were no fact. */
  count: number;
  /** Those that are none still: others are changing them, or the people or homes. */
  left: number[];
}

interface ReconcileReport {
  /** How many facts were missing. */
  count: number;
  /** False: others are changing what should have been looked at. */
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
    const found = await this.#likes.findUnrecorded(likeIds);
    if (found.length === 0) return { count: 0, left: [] };
    return inTransaction(
      this.em,
      async (em) => {
        const likes = em.getRepository(PropertyLike);
        const held = new Set((await likes.holdStanding(found)).map(({ id }) => id));
        const missing = await likes.findUnrecorded([...held]);
        const last = await likes.findLastActions(missing);
        await likes.recordAll(
          missing.flatMap(({ property_id, user_id, at }) => {
            const liked = { property_id, user_id, action: 'liked' as const, at };
            return last.get(pairKey(liked)) === 'liked'
              ? [{ ...liked, action: 'unliked' as const }, liked]
              : [liked];
          }),
        );
        return { count: missing.length, left: found.map(({ id }) => id).filter((id) => !held.has(id)) };
      },
      READ_COMMITTED,
    );
  }

  /**
   * Brings the history of these homes in line with the likes that stand: records those that are no fact, and that those
   * which have vanished were taken back, now.
   */
  async reconcile(propertyIds: readonly number[]): Promise<ReconcileReport> {
    const unrecorded = (await this.#likes.findUnrecordedOf(propertyIds)).map(({ id }) => id);
    const recorded = await this.record(unrecorded);
    const found = await this.#likes.findVanished(propertyIds);
    if (found.length === 0) return { count: recorded.count, isWhole: recorded.left.length === 0 };
    const now = toDatabaseTime(new Date(), this.zone);
    return inTransaction(
      this.em,
      async (em) => {
        const likes = em.getRepository(PropertyLike);
        const held = new Set((await likes.holdPairs(found)).map(pairKey));
        const vanished = (await likes.findVanished(propertyIds)).filter((pair) => held.has(pairKey(pair)));
        await likes.recordAll(vanished.map((pair) => ({ ...pair, action: 'unliked' as const, at: now })));
        return {
          count: recorded.count + vanished.length,
          isWhole: recorded.left.length === 0 && held.size === found.length,
        };
      },
      READ_COMMITTED,
    );
  }
}
