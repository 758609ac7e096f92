import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { inTransaction } from '../database/transaction.js';
import { AccountMails } from './account-mails.js';
import { OneTimeTokens } from './one-time-tokens.js';
import { SecurityLog } from '../security/security-log.js';
import { SessionsService } from './sessions.service.js';
import { type ListedUser, UserRepository, type UserFilter, type UserRow } from './user.repository.js';

/** Manages accounts for administrators. The npm commands `user:…` call it. */
@Injectable()
export class AccountAdmin {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly sessions: SessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly mails: AccountMails,
    private readonly security: SecurityLog,
  ) {}

  list(filter: UserFilter, limit: number): Promise<ListedUser[]> {
    return this.users.list(filter, limit);
  }

  /** Case is ignored, as at the sign-in. */
  find(username: string): Promise<UserRow | undefined> {
    return this.users.findByName(username.normalize('NFKC'));
  }

  /** A user who is not active loses access within 30 seconds, on every process. */
  async setActive({ id }: UserRow, isActive: boolean): Promise<void> {
    await inTransaction(this.em, () => this.users.setFlag(id, 'is_active', isActive));
    if (!isActive) await this.sessions.endSessionsOf(id);
  }

  /** It takes effect within 30 seconds, on every process. */
  async setStaff({ id }: UserRow, isStaff: boolean): Promise<void> {
    await inTransaction(this.em, () => this.users.setFlag(id, 'is_staff', isStaff));
    this.security.record(isStaff ? 'staff-registration' : 'account-change', { targetUserId: id });
  }

  async endSessions({ id }: UserRow): Promise<void> {
    await this.sessions.endSessionsOf(id);
  }

  /** @returns a token for `POST /v1/auth/password-resets/confirm`; null when the user has no password of this database */
  async issueReset(user: UserRow): Promise<string | null> {
    return user.is_active ? this.tokens.issueForPassword(user, { always: true }) : null;
  }

  async mailReset({ email }: UserRow): Promise<void> {
    await this.mails.add('reset-password', email);
  }
}
