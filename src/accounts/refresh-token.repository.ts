import type { EntityManager } from '@mikro-orm/mysql';
import type { Tables } from './kysely-tables.js';

export interface NewRefreshToken {
  token_hash: string;
  family: string;
  user_id: number;
  password_mark: string;
  /** Naive, UTC. */
  expires_at: string;
}

/** A stored token, with its user's current password hash and status. */
export interface StoredRefreshToken extends NewRefreshToken {
  password: string;
  is_active: boolean;
}

/** SQL of `refresh_token`. Make one per transaction. */
export class RefreshTokenRepository {
  constructor(private readonly em: EntityManager) {}

  get #db() {
    return this.em.getKysely<Tables>();
  }

  async add(token: NewRefreshToken): Promise<void> {
    await this.#db.insertInto('refresh_token').values(token).execute();
  }

  /**
   * Marks a token as used.
   * @param now UTC, without zone
   * @returns false when it is unknown, used before or expired
   */
  async use(tokenHash: string, now: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('refresh_token')
      .set({ used_at: now })
      .where('token_hash', '=', tokenHash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  find(tokenHash: string): Promise<StoredRefreshToken | undefined> {
    return this.#db
      .selectFrom('refresh_token as t')
      .innerJoin('auth_user as u', 'u.id', 't.user_id')
      .select([
        't.token_hash',
        't.family',
        't.user_id',
        't.password_mark',
        't.expires_at',
        'u.password',
        'u.is_active',
      ])
      .where('t.token_hash', '=', tokenHash)
      .executeTakeFirst();
  }

  async endFamily(family: string): Promise<void> {
    await this.#db.deleteFrom('refresh_token').where('family', '=', family).execute();
  }

  async endAllOfUser(userId: number): Promise<void> {
    await this.#db.deleteFrom('refresh_token').where('user_id', '=', userId).execute();
  }

  /**
   * Deletes a user's expired tokens. It deletes by primary key: a range of another index would also lock the gap beside it, where
   * another user may be signing in.
   */
  async deleteExpired(userId: number, now: string): Promise<void> {
    const expired = await this.#db
      .selectFrom('refresh_token')
      .select('id')
      .where('user_id', '=', userId)
      .where('expires_at', '<=', now)
      .execute();
    const ids = expired.map(({ id }) => id);
    if (ids.length > 0) await this.#db.deleteFrom('refresh_token').where('id', 'in', ids).execute();
  }
}
