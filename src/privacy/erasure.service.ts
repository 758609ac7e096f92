import { randomBytes } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { AccountDataRepository } from '../accounts/account-data.repository.js';
import { CallerCache } from '../accounts/caller-cache.js';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { SecurityLog } from '../security/security-log.js';
import { LikeErasure } from '../likes/like-erasure.js';

/**
 * Erases accounts. The first transaction removes the user's data from `auth_user` and queues the rest, which step() does in bounded
 * transactions. Each can be repeated, so an erasure that was interrupted goes on.
 */
@Injectable()
export class ErasureService {
  constructor(
    private readonly em: EntityManager,
    private readonly accounts: AccountDataRepository,
    private readonly likes: LikeErasure,
    private readonly callers: CallerCache,
    private readonly security: SecurityLog,
    private readonly config: Config,
  ) {}

  /** @returns false when the user does not exist, or is being erased */
  async erase(userId: number): Promise<boolean> {
    const erasure = { user_id: userId, pseudonym: await this.likes.newPseudonym() };
    const now = new Date();
    const account = {
      username: `erased-${randomBytes(12).toString('hex')}`,
      // Django's mark of an account without a password.
      password: `!${randomBytes(20).toString('hex')}`,
      at: toDatabaseTime(now, this.config.database.timezone),
      now: toDatabaseTime(now, '+00:00'),
    };
    const hasBegun = await inTransaction(
      this.em,
      () => this.accounts.beginErasure(erasure, account),
      READ_COMMITTED,
    );
    this.callers.forget(userId);
    if (hasBegun) this.security.record('account-change', { targetUserId: userId });
    return hasBegun;
  }

  /** Erases what is left of a user whom another program has deleted from `auth_user`. */
  async eraseDeleted(userId: number): Promise<void> {
    const pseudonym = await this.likes.newPseudonym();
    const now = toDatabaseTime(new Date(), '+00:00');
    await inTransaction(this.em, () => this.accounts.queueErasure({ user_id: userId, pseudonym }, now));
  }

  /** Does the next part of the oldest erasure. @returns true when the next step should follow without a pause */
  async step(): Promise<boolean> {
    const erasure = await this.accounts.findErasure();
    if (!erasure) return false;
    const { user_id: userId, pseudonym } = erasure;
    const { count, isComplete } = await this.likes.unlikeBatch(userId);
    if (!isComplete) return count > 0;
    if ((await this.likes.pseudonymiseBatch(userId, pseudonym)) > 0) return true;
    await inTransaction(this.em, async () => {
      // A sign-in that began before the erasure may have added some.
      await this.accounts.deleteRows(userId);
      await this.accounts.endErasure(userId);
    });
    return true;
  }
}
