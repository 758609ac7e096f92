import type { RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { isIncomparableText } from '../database/server-errors.js';
import { SqlRepository } from '../database/sql-repository.js';
import { nameKey } from './name-key.js';
import type { Tables } from './kysely-tables.js';
import { AccountEmail, emailKey } from './account-email.entity.js';
import { AuthIdentity } from './auth-identity.entity.js';
import { MAX_ITERATIONS } from './passwords.js';
import { User } from './user.entity.js';

const COLUMNS = ['id', 'username', 'email', 'password', 'is_staff', 'is_active'] as const;
export type UserRow = Pick<Selectable<Tables['auth_user']>, (typeof COLUMNS)[number]>;

export interface ListedUser {
  id: number;
  username: string;
  is_staff: number;
  is_active: number;
  /** Naive, in the database's zone. */
  last_login: string | null;
}
export interface UserFilter {
  /** The username begins with this text. */
  prefix?: string | undefined;
  isStaff?: boolean;
  isInactive?: boolean;
}

/** A user to store; the id is new. */
export type NewUser = RequiredEntityData<User>;

/**
 * Queries of `auth_user` and `account_email`. A registration is a unit of work of entities. Other programs share `auth_user`, so
 * what must not wait for their locks is exact SQL, and what runs with every request reads plain rows.
 */
@Injectable()
export class UserRepository extends SqlRepository<Tables> {
  async findById(id: number): Promise<UserRow | undefined> {
    return this.db.selectFrom('auth_user').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  }

  findProfile(id: number) {
    return this.db
      .selectFrom('auth_user')
      .select(['first_name', 'last_name', 'date_joined', 'last_login'])
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Compares by `nameKey`: case does not matter. The database alone would also ignore accents and control characters. */
  async findByName(username: string): Promise<UserRow | undefined> {
    try {
      const user = await this.db
        .selectFrom('auth_user')
        .select(COLUMNS)
        .where('username', '=', username)
        .executeTakeFirst();
      return user && nameKey(user.username) === nameKey(username) ? user : undefined;
    } catch (error) {
      // The name has characters that an old latin1 column cannot contain.
      if (isIncomparableText(error)) return undefined;
      throw error;
    }
  }

  /** The id of the user whom an outside identity provider knows. */
  async findByIdentity(id: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('auth_identity')
      .select('user_id')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.user_id;
  }

  /**
   * Stores a user of an outside identity provider. Call inside a transaction.
   * @throws the database's duplicate-key error when the identity has a user
   */
  async addWithIdentity(
    user: NewUser,
    identity: { id: string; issuer: string; subject: string },
  ): Promise<User> {
    const entity = this.em.create(User, user);
    this.em.create(AuthIdentity, { ...identity, user: entity });
    await this.em.flush();
    return entity;
  }

  /** The most iterations of a hash in use that can be verified; 0 without one. It reads the whole table. */
  async findMostIterations(): Promise<number> {
    const count = sql`cast(substring_index(substring(password, 15), '$', 1) as unsigned)`;
    const { rows } = await sql<{ most: number | null }>`select max(${count}) as most from auth_user
      where is_active and password like 'pbkdf2_sha256$%' and ${count} <= ${MAX_ITERATIONS}`.execute(this.db);
    return Number(rows[0]?.most ?? 0);
  }

  /**
   * Stores a user who owns `key` as email. Call inside a transaction.
   * @throws the database's duplicate-key error of `username` or of `account_email_key` when the name or the email is taken
   */
  async register(user: NewUser, key: string): Promise<User> {
    const entity = this.em.create(User, user);
    this.em.create(AccountEmail, { user: entity, emailKey: key });
    await this.em.flush();
    return entity;
  }

  /** Stores a user who owns no email until they confirm it. Call inside a transaction. @returns the id */
  async addUnconfirmed(user: NewUser): Promise<number> {
    const entity = this.em.create(User, user);
    await this.em.flush();
    await sql`insert into account_confirmation (user_id) values (${entity.id})`.execute(this.db);
    return entity.id;
  }

  /** The user who owns the email with this key. */
  async findOwner(key: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('account_email')
      .select('user_id')
      .where('email_key', '=', key)
      .executeTakeFirst();
    return row?.user_id;
  }

  /** Whether the user has confirmed their email, null when nobody asked; and the email that is still to be confirmed. */
  async findEmailState(id: number): Promise<{ isConfirmed: boolean | null; email: string | null }> {
    const { rows } = await sql<{ confirmed_at: string | null; email: string | null }>`
      select (select confirmed_at from account_email where user_id = ${id}) as confirmed_at,
        (select email from account_token where user_id = ${id} and purpose = 'confirm-email') as email`.execute(
      this.db,
    );
    const { confirmed_at: confirmedAt, email } = rows[0]!;
    return { isConfirmed: email !== null ? false : confirmedAt === null ? null : true, email };
  }

  /**
   * Gives a user an email that they have confirmed. Call inside a transaction.
   * @throws the database's duplicate-key error when another user owns the email
   */
  async confirmEmail(id: number, email: string, at: string): Promise<void> {
    const key = emailKey(email);
    await this.db.deleteFrom('account_email').where('user_id', '=', id).execute();
    await this.db
      .insertInto('account_email')
      .values({ user_id: id, email_key: key, confirmed_at: at })
      .execute();
    await sql`update account_confirmation set confirmed_at = ${at} where user_id = ${id}`.execute(this.db);
    await this.db.updateTable('auth_user').set({ email }).where('id', '=', id).execute();
  }

  /** @returns false when the user no longer has the password hash `from`, or is not active */
  async replacePassword(id: number, from: string, to: string): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('auth_user')
      .set({ password: to })
      .where('id', '=', id)
      .where('password', '=', from)
      .where('is_active', '=', true)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Users by username. */
  async list({ prefix = '', isStaff, isInactive }: UserFilter, limit: number): Promise<ListedUser[]> {
    const { rows } = await sql<ListedUser>`
      select id, username, is_staff, is_active, last_login from auth_user
      where username like ${`${prefix.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}
        and ${isStaff ? sql`is_staff = 1` : sql`true`} and ${isInactive ? sql`is_active = 0` : sql`true`}
      order by username limit ${limit}`.execute(this.db);
    return rows;
  }

  async setFlag(id: number, flag: 'is_active' | 'is_staff', value: boolean): Promise<void> {
    await this.db
      .updateTable('auth_user')
      .set({ [flag]: value })
      .where('id', '=', id)
      .execute();
  }

  /** The greatest id of a user with a claimed email; 0 when there is none. */
  async findLastClaimed(): Promise<number> {
    const { rows } = await sql<{ id: number }>`
      select coalesce(max(user_id), 0) as id from account_email`.execute(this.db);
    return rows[0]?.id ?? 0;
  }

  /** Users with an id above `after` and an unclaimed email, in id order. Another program added them. */
  findUnclaimed(after: number, limit: number): Promise<{ id: number; email: string }[]> {
    return this.db
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
  async claimFree(claims: { user_id: number; email_key: string }[]): Promise<void> {
    await this.db.insertInto('account_email').ignore().values(claims).execute();
  }

  /**
   * Writes `last_login`. Call inside a transaction. When another program has locked the user's row, it writes nothing and does not
   * wait.
   */
  async recordSignIn(id: number, at: string): Promise<void> {
    const { rows } = await sql`select id from auth_user where id = ${id} for update skip locked`.execute(
      this.db,
    );
    if (rows.length > 0)
      await this.db.updateTable('auth_user').set({ last_login: at }).where('id', '=', id).execute();
  }
}
