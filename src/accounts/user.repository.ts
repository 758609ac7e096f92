import { EntityRepository } from '@mikro-orm/mysql';
import { type Insertable, sql } from 'kysely';
import { nameKey } from './name-key.js';
import type { Tables } from './kysely-tables.js';
import type { User } from './user.entity.js';

/** What the rules ask about a user. */
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

// The name has characters that an old latin1 column cannot be compared with (MySQL, MySQL, MariaDB).
const INCOMPARABLE = new Set([3854, 3988, 1267]);

/** Every query of `auth_user`, and of the emails beside it. */
export class UserRepository extends EntityRepository<User> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  async findById(id: number): Promise<UserRow | undefined> {
    return this.#db.selectFrom('auth_user').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  }

  /** By name in any case. The database's own comparison overlooks accents and control characters, too. */
  async findByName(username: string): Promise<UserRow | undefined> {
    try {
      const user = await this.#db
        .selectFrom('auth_user')
        .select(COLUMNS)
        .where('username', '=', username)
        .executeTakeFirst();
      return user && nameKey(user.username) === nameKey(username) ? user : undefined;
    } catch (error) {
      if (INCOMPARABLE.has((error as { errno?: number }).errno ?? 0)) return undefined;
      throw error;
    }
  }

  /** @returns its id; the database refuses a name that is taken (`username`) */
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

  async findIds(usernames: readonly string[]): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('auth_user')
      .select('id')
      .where('username', 'in', usernames)
      .orderBy('id')
      .execute();
    return rows.map(({ id }) => id);
  }

  /** The database refuses one that is taken (`account_email_key`). */
  async claimEmail(userId: number, emailKey: string): Promise<void> {
    await this.#db.insertInto('account_email').values({ user_id: userId, email_key: emailKey }).execute();
  }

  /** The greatest id of a user whose email is claimed; 0 when there is none. */
  async lastClaimed(): Promise<number> {
    const { rows } = await sql<{ id: number }>`
      select coalesce(max(user_id), 0) as id from account_email`.execute(this.#db);
    return rows[0]?.id ?? 0;
  }

  /** Users after `after` whose emails nobody has claimed: another program has added them. */
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

  /** Claims what is free; a second user of an email goes without. */
  async claimFree(claims: readonly { user_id: number; email_key: string }[]): Promise<void> {
    if (claims.length > 0)
      await this.#db
        .insertInto('account_email')
        .ignore()
        .values([...claims])
        .execute();
  }

  /** For a transaction. Where another program has to do with the person just now, it is not waited for, and goes unnoted. */
  async noteSignIn(id: number, at: string): Promise<void> {
    const { rows } = await sql`select id from auth_user where id = ${id} for update skip locked`.execute(
      this.#db,
    );
    if (rows.length > 0)
      await this.#db.updateTable('auth_user').set({ last_login: at }).where('id', '=', id).execute();
  }
}
