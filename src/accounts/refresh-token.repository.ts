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

export interface StandingToken extends NewRefreshToken {
  password: string;
  is_active: boolean;
}

/** Every query of `refresh_token`, for one transaction. */
export class RefreshTokenRepository {
  constructor(private readonly em: EntityManager) {}

  get #db() {
    return this.em.getKysely<Tables>();
  }

  async add(token: NewRefreshToken): Promise<void> {
    await this.#db.insertInto('refresh_token').values(token).execute();
  }

  /** @returns whether it was good, and this was its one use */
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

  /** With its user's password and state as they are now. */
  find(tokenHash: string): Promise<StandingToken | undefined> {
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

  async endAllOf(userId: number): Promise<void> {
    await this.#db.deleteFrom('refresh_token').where('user_id', '=', userId).execute();
  }

  /** By their keys: a range would lock what is beside it, which may be somebody else's who signs in just now. */
  async forgetExpired(userId: number, now: string): Promise<void> {
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
