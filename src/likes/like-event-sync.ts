import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { chunk } from '../background/batch-runner.js';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { eventsOfLike, LikeEventRepository, type Pair, pairKey } from './like-event.repository.js';

// Likes per transaction. It bounds how long their locks are held.
const BATCH_SIZE = 500;

interface RecordReport {
  /** Likes that had no like event, and have one now. */
  count: number;
  /** Ids of likes that still have no like event, because another transaction holds a lock on them. */
  skipped: number[];
}

interface ReconcileReport {
  /** Like events that were missing, and are written now. */
  count: number;
  /** False when some pairs were skipped, because another transaction holds a lock on them. */
  isComplete: boolean;
}

/** Writes the missing like events for likes that other programs write and delete. */
@Injectable()
export class LikeEventSync {
  readonly #zone: string;

  constructor(
    private readonly em: EntityManager,
    private readonly events: LikeEventRepository,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * Writes like events for the likes that have none. When the last event of a pair already says `liked`, the like was removed
   * and made again, so an unlike is recorded first.
   */
  async record(likeIds: readonly number[]): Promise<RecordReport> {
    const unrecorded = (await this.events.findUnrecordedLikes(likeIds)).map(({ id }) => id);
    if (unrecorded.length === 0) return { count: 0, skipped: [] };
    return inTransaction(
      this.em,
      async () => {
        const locked = await this.events.lockLikes(unrecorded);
        const likes = await this.events.findUnrecordedLikes([...locked]);
        const last = await this.events.findLastActions(likes);
        await this.events.recordAll(
          likes.flatMap((like) => eventsOfLike(like, like.at, last.get(pairKey(like)))),
        );
        return { count: likes.length, skipped: unrecorded.filter((id) => !locked.has(id)) };
      },
      READ_COMMITTED,
    );
  }

  /** Writes like events for the likes with ids in `(after, to]` that have none. */
  async reconcileLikes(after: number, to: number): Promise<ReconcileReport> {
    const report = { count: 0, isComplete: true };
    const likes = await this.events.findUnrecordedLikesBetween(after, to);
    for (const batch of chunk(likes, BATCH_SIZE)) {
      const { count, skipped } = await this.record(batch.map(({ id }) => id));
      report.count += count;
      report.isComplete &&= skipped.length === 0;
    }
    return report;
  }

  /** Writes the unlikes, dated now, of likes that another program deleted and whose like event has an id in `(after, to]`. */
  async reconcileEvents(after: number, to: number): Promise<ReconcileReport> {
    const report = { count: 0, isComplete: true };
    for (const batch of chunk(await this.events.findUnrecordedUnlikes(after, to), BATCH_SIZE)) {
      const { count, isComplete } = await this.#recordUnlikes(batch);
      report.count += count;
      report.isComplete &&= isComplete;
    }
    return report;
  }

  async #recordUnlikes(pairs: readonly Pair[]): Promise<ReconcileReport> {
    const at = toDatabaseTime(new Date(), this.#zone);
    return inTransaction(
      this.em,
      async () => {
        const locked = await this.events.lockPairs(pairs);
        const last = await this.events.findLastActions(locked);
        const liked = new Set((await this.events.findLikedPairs(locked)).map(pairKey));
        const unliked = locked.filter(
          (pair) => last.get(pairKey(pair)) === 'liked' && !liked.has(pairKey(pair)),
        );
        await this.events.recordAll(unliked.map((pair) => ({ ...pair, action: 'unliked', at })));
        return { count: unliked.length, isComplete: locked.length === pairs.length };
      },
      READ_COMMITTED,
    );
  }
}
