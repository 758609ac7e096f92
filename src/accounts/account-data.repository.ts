import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import { emailKey } from './account-email.entity.js';

/** An account that is being erased. */
export interface Erasure {
  user_id: number;
  /** The number that replaces the user's id in the like events. */
  pseudonym: number;
}

export interface SignInRow {
  client: string;
  started_at: string;
  last_used_at: string;
  ends_at: string;
  ended_at: string | null;
}

/** Tables of the service that hold rows of a user, by `user_id`, and no rows that others need. */
const TABLES_OF_A_USER = [
  'account_email',
  'account_confirmation',
  'account_token',
  'account_consent',
  'auth_identity',
  'recovery_code',
  'user_totp',
  'refresh_token',
  'sign_in',
  'saved_search',
] as const;

/** SQL of what the service stores about an account beside `auth_user`. Times are naive, UTC, except those of `auth_user`. */
@Injectable()
export class AccountDataRepository extends SqlRepository {
  /**
   * Replaces what `auth_user` says about a user, and records that the rest must follow. The row stays, because tables of other
   * programs may refer to it. Call inside a transaction.
   * @returns false when the user does not exist, or is being erased
   */
  async beginErasure(
    { user_id, pseudonym }: Erasure,
    { username, password, at, now }: { username: string; password: string; at: string; now: string },
  ): Promise<boolean> {
    const { rows } = await sql<{ email: string }>`
      select email from auth_user where id = ${user_id}
      and not exists (select 1 from account_erasure e where e.user_id = auth_user.id) for update`.execute(
      this.db,
    );
    if (!rows[0]) return false;
    await sql`
      update auth_user set username = ${username}, password = ${password}, email = '', first_name = '', last_name = '',
        is_active = 0, is_staff = 0, is_superuser = 0, last_login = null, date_joined = ${at}
      where id = ${user_id}`.execute(this.db);
    await sql`
      delete from account_mail where (kind = 'confirm-email' and subject = ${String(user_id)})
        or (kind = 'reset-password' and subject = ${emailKey(rows[0].email)})`.execute(this.db);
    await this.deleteRows(user_id);
    await this.queueErasure({ user_id, pseudonym }, now);
    return true;
  }

  async queueErasure({ user_id, pseudonym }: Erasure, now: string): Promise<void> {
    await sql`
      insert ignore into account_erasure (user_id, pseudonym, requested_at)
      values (${user_id}, ${pseudonym}, ${now})`.execute(this.db);
  }

  /** Deletes what the service stores about a user, the likes aside. Call inside a transaction. */
  async deleteRows(userId: number): Promise<void> {
    for (const table of TABLES_OF_A_USER)
      await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(this.db);
  }

  async findErasure(): Promise<Erasure | undefined> {
    const { rows } = await sql<Erasure>`
      select user_id, pseudonym from account_erasure order by requested_at, user_id limit 1`.execute(this.db);
    return rows[0];
  }

  /** Also deletes what the ranking decided about the user. Call it when no like of the user is left. */
  async endErasure(userId: number): Promise<void> {
    for (const table of ['account_trust', 'untrusted_like'])
      await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(this.db);
    await sql`delete from account_erasure where user_id = ${userId}`.execute(this.db);
  }

  /** The sign-ins of a user that were not deleted yet; the oldest first. */
  async findSignIns(userId: number, limit: number): Promise<SignInRow[]> {
    const { rows } = await sql<SignInRow>`
      select client, started_at, last_used_at, ends_at, ended_at from sign_in where user_id = ${userId}
      order by started_at limit ${limit}`.execute(this.db);
    return rows;
  }

  async findConsents(userId: number): Promise<{ policy_version: string; given_at: string }[]> {
    const { rows } = await sql<{ policy_version: string; given_at: string }>`
      select policy_version, given_at from account_consent where user_id = ${userId} order by given_at`.execute(
      this.db,
    );
    return rows;
  }

  async addConsent(userId: number, policyVersion: string, now: string): Promise<void> {
    await sql`
      insert ignore into account_consent (user_id, policy_version, given_at)
      values (${userId}, ${policyVersion}, ${now})`.execute(this.db);
  }
}
