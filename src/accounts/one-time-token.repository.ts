import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';

export type TokenPurpose = 'confirm-email' | 'reset-password';

export interface OneTimeToken {
  user_id: number;
  /** SHA-256 of the password's hash or of the email. */
  mark: string;
  /** The email to confirm. */
  email: string | null;
}

/** SQL of `account_token`: one token per user and purpose. Times are naive, UTC. */
@Injectable()
export class OneTimeTokenRepository extends SqlRepository {
  /** Notes the email that a user must confirm. Its token is made when the mail is sent. */
  async addEmail(userId: number, email: string): Promise<void> {
    await sql`
      insert into account_token (user_id, purpose, email) values (${userId}, 'confirm-email', ${email})
      on duplicate key update email = ${email}, token_hash = null, expires_at = null`.execute(this.db);
  }

  /** The email that the user has yet to confirm. */
  async findEmail(userId: number): Promise<string | null> {
    const { rows } = await sql<{ email: string | null }>`
      select email from account_token where user_id = ${userId} and purpose = 'confirm-email'`.execute(
      this.db,
    );
    return rows[0]?.email ?? null;
  }

  async findEnd(userId: number, purpose: TokenPurpose): Promise<string | null> {
    const { rows } = await sql<{ expires_at: string | null }>`
      select expires_at from account_token where user_id = ${userId} and purpose = ${purpose}`.execute(
      this.db,
    );
    return rows[0]?.expires_at ?? null;
  }

  /** Stores a token in place of the one before. */
  async save(
    userId: number,
    purpose: TokenPurpose,
    { hash, mark, expiresAt }: { hash: string; mark: string; expiresAt: string },
  ): Promise<void> {
    await sql`
      insert into account_token (user_id, purpose, token_hash, mark, expires_at)
      values (${userId}, ${purpose}, ${hash}, ${mark}, ${expiresAt})
      on duplicate key update token_hash = ${hash}, mark = ${mark}, expires_at = ${expiresAt}`.execute(
      this.db,
    );
  }

  /** A token that has not expired, locked until the transaction ends. */
  async lock(hash: string, purpose: TokenPurpose, now: string): Promise<OneTimeToken | undefined> {
    const { rows } = await sql<OneTimeToken>`
      select user_id, mark, email from account_token
      where token_hash = ${hash} and purpose = ${purpose} and expires_at > ${now} for update`.execute(
      this.db,
    );
    return rows[0];
  }

  async delete(userId: number, purpose: TokenPurpose): Promise<void> {
    await sql`delete from account_token where user_id = ${userId} and purpose = ${purpose}`.execute(this.db);
  }
}
