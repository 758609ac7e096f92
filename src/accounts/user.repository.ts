import { EntityRepository } from '@mikro-orm/mysql';
import { type Insertable, sql } from 'kysely';
import { nameKey } from './name-key.js';
import type { Tables } from './kysely-tables.js';
import type { User } from './user.entity.js';

export interface UserRow {
  id: number;
  username: string;
  email: string;
  password: string;
  is_staff: boolean;
  is_active: boolean;
}

export type NewUser = Insertable<Tables['auth_user']>;

const COLUMNS = ['id', 'username', 'email', 'password', 'is_staff', 'is_active'] as const;

// The server cannot compare the text with an old latin1 column: 3854 and 3988 (MySQL), 1267 (MariaDB).
const INCOMPARABLE_TEXT = new Set([3854, 3988, 1267]);

/** SQL of `auth_user` and `account_email`. */
export class UserRepository extends EntityRepository<User> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  async findById(id: number): Promise<UserRow | undefined> {
    return this.#db.selectFrom('auth_user').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  }

  /** Compares by `nameKey`: case does not matter. The database alone would also ignore accents and control characters. */
  async findByName(username: string): Promise<UserRow | undefined> {
    try {
      const user = await this.#db
        .selectFrom('auth_user')
        .select(COLUMNS)
        .where('username', '=', username)
        .executeTakeFirst();
      return user && nameKey(user.username) === nameKey(username) ? user : undefined;
    } catch (error) {
      if (INCOMPARABLE_TEXT.has((error as { errno?: number }).errno ?? 0)) return undefined;
      throw error;
    }
  }

  /**
   * @returns the new id
   * @throws the database's duplicate-key error of `username` when the name is taken
   */
  async add(user: NewUser): Promise<number> {
    const { insertId } = await this.#db.insertInto('auth_user').values(user).executeTakeFirstOrThrow();
    return Number(insertId);
  }

  async addAll(users: readonly NewUser[]): Promise<void> {
    await this.#db
      .insertInto('auth_user')
      .values([...users])
      .execute();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#db.selectFrom('auth_user').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  /** The ids of the usernames that exist, ascending. */
  async findIds(usernames: readonly string[]): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('auth_user')
      .select('id')
      .where('username', 'in', usernames)
      .orderBy('id')
      .execute();
    return rows.map(({ id }) => id);
  }

  /** @throws the database's duplicate-key error of `account_email_key` when the email is taken */
  async claimEmail(userId: number, emailKey: string): Promise<void> {
    await this.#db.insertInto('account_email').values({ user_id: userId, email_key: emailKey }).execute();
  }

  /** The greatest id of a user with a claimed email; 0 when there is none. */
  async findLastClaimed(): Promise<number> {
    const { rows } = await sql<{ id: number }>`
      select coalesce(max(user_id), 0) as id from account_email`.execute(this.#db);
    return rows[0]?.id ?? 0;
  }

  /** Users with an id above `after` and an unclaimed email, in id order. Another program added them. */
  findUnclaimed(after: number, limit: number): Promise<{ id: number; email: string }[]> {
    return this.#db
      .selectFrom('auth_user as u')
      .leftJoin('account_email as e', 'e.user_id', 'u.id')
      .select(['u.id', 'u.email'])
      .where('u.id', '>', after)
      .where('e.user_id', 'is', null)
      .where('u.email', '<>', '')
      .orderBy('u.id')
      .limit(limit)
      .execute();
  }

  /** Claims the free emails. An email that another user owns is skipped. */
  async claimFree(claims: readonly { user_id: number; email_key: string }[]): Promise<void> {
    if (claims.length > 0)
      await this.#db
        .insertInto('account_email')
        .ignore()
        .values([...claims])
        .execute();
  }

  /**
   * Writes `last_login`. Call inside a transaction. When another program has locked the user's row, it writes nothing and does not
   * wait.
   */
  async recordSignIn(id: number, at: string): Promise<void> {
    const { rows } = await sql`select id from auth_user where id = ${id} for update skip locked`.execute(
      this.#db,
    );
    if (rows.length > 0)
      await this.#db.updateTable('auth_user').set({ last_login: at }).where('id', '=', id).execute();
  }
}
