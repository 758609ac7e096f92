import { LockMode, type RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { SqlRepository } from '../database/sql-repository.js';
import { RefreshToken } from './refresh-token.entity.js';
import { User } from './user.entity.js';

/** Entities of `refresh_token`. Call inside a transaction, which flushes them at its end. */
@Injectable()
export class RefreshTokenRepository extends SqlRepository {
  add(token: RequiredEntityData<RefreshToken>): void {
    this.em.create(RefreshToken, token);
  }

  /** A token, locked until the transaction ends; null when it is unknown. */
  lock(tokenHash: string): Promise<RefreshToken | null> {
    return this.em.findOne(RefreshToken, { tokenHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  /** The user of a token. It is not locked: likes of the user go on. */
  userOf({ user }: RefreshToken): Promise<User> {
    return this.em.findOneOrFail(User, user.id);
  }

  async delete(tokens: { family: string } | { user: number }): Promise<void> {
    await this.em.nativeDelete(RefreshToken, tokens);
  }

  /**
   * Deletes a user's expired tokens. It deletes by primary key: a range of another index would also lock the gap beside it, where
   * another user may be signing in.
   * @param now UTC, without zone
   */
  async deleteExpired(userId: number, now: string): Promise<void> {
    this.em.remove(await this.em.find(RefreshToken, { user: userId, expiresAt: { $lte: now } }));
  }
}
