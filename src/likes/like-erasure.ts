import { randomInt } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { LikeErasureRepository } from './like-erasure.repository.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeEventSync } from './like-event-sync.js';

// Likes or like events per transaction. It bounds how long their locks are held.
const BATCH_SIZE = 500;
/** Like events that a step of the retention reads. */
const WALK_SIZE = 2_000;
const MAX_INT = 2 ** 31 - 1;

/**
 * Removes a user from the likes: ends the standing likes as unlikes, then replaces the user's id in the like events by a number that
 * belongs to nobody. A like event and the unlike that ends it change together, so counts, ranking and sweep find the same at any time.
 */
@Injectable()
export class LikeErasure {
  constructor(
    private readonly em: EntityManager,
    private readonly rows: LikeErasureRepository,
    private readonly events: LikeEventRepository,
    private readonly sync: LikeEventSync,
    private readonly config: Config,
  ) {}

  /**
   * Ends the next standing likes of a user. Likes that another program has locked are left for the next call.
   * @returns how many ended, and whether some were left or may follow
   */
  async unlikeBatch(userId: number): Promise<{ count: number; isComplete: boolean }> {
    const ids = await this.rows.findLikeIds(userId, BATCH_SIZE);
    if (ids.length === 0) return { count: 0, isComplete: true };
    // A like of another program may have no like event yet.
    await this.sync.record(ids);
    const at = toDatabaseTime(new Date(), this.config.database.timezone);
    const count = await inTransaction(
      this.em,
      async () => {
        await this.rows.lockUser(userId);
        const locked = await this.events.lockLikes(ids);
        for (const { id } of await this.events.findUnrecordedLikes([...locked])) locked.delete(id);
        if (locked.size === 0) return 0;
        const propertyIds = await this.rows.findPropertyIds([...locked]);
        await this.rows.deleteLikes([...locked]);
        await this.events.recordAll(
          propertyIds.map((property_id) => ({ property_id, user_id: userId, action: 'unliked', at })),
        );
        return locked.size;
      },
      READ_COMMITTED,
    );
    return { count, isComplete: false };
  }

  /** Replaces the user's id in the next like events. Call it when no like stands. @returns how many */
  async pseudonymiseBatch(userId: number, pseudonym: number): Promise<number> {
    const events = await this.rows.findEvents(userId, BATCH_SIZE);
    // The batch ends with an unlike, so a like and its unlike stay together.
    const end = events.findLastIndex(({ action }) => action === 'unliked') + 1;
    const batch = events.slice(0, end || events.length).map(({ id }) => id);
    if (batch.length > 0) await inTransaction(this.em, () => this.rows.replaceUser(batch, pseudonym));
    return batch.length;
  }

  /**
   * Replaces the users of the unlikes made before `before`, and of the likes that they ended, in the next like events after `after`.
   * Likes that stand keep their user.
   * @returns the last id of the batch; null at the end of the log
   */
  async pseudonymiseOld(after: number, before: Date): Promise<number | null> {
    const to = await this.rows.findBatchEnd(after, WALK_SIZE);
    if (to === null) return null;
    const cutoff = toDatabaseTime(before, this.config.database.timezone);
    const unlikes = await this.rows.findUnlikes(after, to, cutoff);
    for (const ofUser of Map.groupBy(unlikes, (unlike) => unlike.user_id).values()) {
      const pseudonym = await this.newPseudonym();
      await inTransaction(
        this.em,
        async () => {
          for (const unlike of ofUser) await this.rows.replaceUserUpTo(unlike, pseudonym);
        },
        READ_COMMITTED,
      );
    }
    return to;
  }

  /** A random negative number without like events. Ids of users are positive. */
  async newPseudonym(): Promise<number> {
    for (;;) {
      const pseudonym = -randomInt(1, MAX_INT);
      if (!(await this.rows.hasEvents(pseudonym))) return pseudonym;
    }
  }
}
