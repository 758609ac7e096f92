import { LockMode, type RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { SqlRepository } from '../database/sql-repository.js';
import { RefreshToken } from './refresh-token.entity.js';
import type { Tables } from './kysely-tables.js';
import { User } from './user.entity.js';

/** Entities of `refresh_token`. Call inside a transaction, which flushes them at its end. */
@Injectable()
export class RefreshTokenRepository extends SqlRepository<Tables> {
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

  /** Deletes tokens that expired before `time`. @returns how many, at most `limit` */
  async deleteExpired(time: string, limit: number): Promise<number> {
    const rows = await this.db
      .selectFrom('refresh_token')
      .select('id')
      .where('expires_at', '<', time)
      .orderBy('expires_at')
      .limit(limit)
      .execute();
    const ids = rows.map(({ id }) => id);
    // By primary key: a range of the index would also lock the gap beside it, where a user may be signing in.
    if (ids.length > 0) await this.db.deleteFrom('refresh_token').where('id', 'in', ids).execute();
    return ids.length;
  }
}
