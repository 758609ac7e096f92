import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { isDuplicateKey } from '../database/server-errors.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { InvalidBody, ProblemError } from '../http/problem.js';
import { Mailer } from '../mail/mailer.js';
import { SecurityLog } from '../security/security-log.js';
import { AccountMails } from './account-mails.js';
import { AccountTaken, TokenRefused, WrongPassword } from './account.errors.js';
import { digest } from './digest.js';
import { type ChangePasswordDto, type ResetPasswordDto, TokensDto } from './dto/accounts.dto.js';
import { OneTimeTokenRepository } from './one-time-token.repository.js';
import { OneTimeTokenRefused, OneTimeTokens } from './one-time-tokens.js';
import { weaknessOf } from './password-rules.js';
import { Passwords } from './passwords.js';
import { SessionsService } from './sessions.service.js';
import { UserRepository, type UserRow } from './user.repository.js';

/** Changes of a password, and what a mail proves: the reset of a password and the confirmation of an email. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly tokenRows: OneTimeTokenRepository,
    private readonly mails: AccountMails,
    private readonly mailer: Mailer,
    private readonly security: SecurityLog,
  ) {}

  /**
   * @param options.orNone accept any text for an account without a password
   * @throws WrongPassword
   * @throws TokenRefused when the user was just deleted
   */
  async require(id: number, currentPassword: string, { orNone = false } = {}): Promise<UserRow> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    // Django's mark of an account without a password, such as one of the identity provider.
    if (orNone && user.password.startsWith('!')) return user;
    if (!(await this.passwords.verify(currentPassword, user.password))) throw new WrongPassword();
    return user;
  }

  /**
   * Ends all sign-ins of the user and starts a new one.
   * @throws WrongPassword
   * @throws InvalidBody for a weak password
   */
  async change(id: number, { currentPassword, newPassword }: ChangePasswordDto): Promise<TokensDto> {
    const user = await this.require(id, currentPassword);
    const password = await this.#hashOf(newPassword, user);
    // Another request may have changed it meanwhile.
    if (!(await this.#replace(user, password))) throw new WrongPassword();
    return TokensDto.from(await this.sessions.start({ id, password }));
  }

  /** The answer is the same, and takes the same time, for an email that nobody has. @throws ProblemError 501 without MAIL_URL */
  async requestReset(email: string): Promise<void> {
    this.#requireMail();
    await this.mails.add('reset-password', email);
  }

  /**
   * @throws OneTimeTokenRefused
   * @throws InvalidBody for a weak password
   */
  async reset({ token, newPassword }: ResetPasswordDto): Promise<void> {
    const user = await inTransaction(this.em, async () => {
      const { user_id: id, mark } = await this.tokens.lock(token, 'reset-password');
      const found = await this.users.findById(id);
      if (!found?.is_active || digest(found.password) !== mark) throw new OneTimeTokenRefused();
      return found;
    });
    // Outside the transaction: hashing takes most of a second. The mark of the token lets one of two requests win.
    const password = await this.#hashOf(newPassword, user);
    if (!(await this.#replace(user, password))) throw new OneTimeTokenRefused();
  }

  /** Sends the mail again. @throws ProblemError 501 without MAIL_URL */
  async requestConfirmation(userId: number): Promise<void> {
    this.#requireMail();
    await this.mails.add('confirm-email', userId);
  }

  /**
   * @throws OneTimeTokenRefused
   * @throws AccountTaken when another user has confirmed this email first
   */
  async confirmEmail(token: string): Promise<void> {
    const now = toDatabaseTime(new Date(), '+00:00');
    await inTransaction(this.em, async () => {
      const { user_id: id, email } = await this.tokens.lock(token, 'confirm-email');
      const user = await this.users.findById(id);
      if (!user?.is_active || email === null) throw new OneTimeTokenRefused();
      await this.users.confirmEmail(id, email, now);
      await this.tokenRows.delete(id, 'confirm-email');
    }).catch((error: unknown) => {
      throw isDuplicateKey(error) ? new AccountTaken('email') : error;
    });
  }

  async #hashOf(newPassword: string, { username, email }: UserRow): Promise<string> {
    const message = weaknessOf(newPassword, [username, email]);
    if (message !== null) throw new InvalidBody([{ field: 'newPassword', message }]);
    return this.passwords.hash(newPassword);
  }

  /** @returns false when the password has changed meanwhile */
  async #replace({ id, password: from }: UserRow, to: string): Promise<boolean> {
    const isReplaced = await inTransaction(this.em, async () => {
      if (!(await this.users.replacePassword(id, from, to))) return false;
      await this.tokenRows.delete(id, 'reset-password');
      return true;
    });
    if (!isReplaced) return false;
    // After the commit. Until then the refresh tokens are refused already, because they are bound to the old password.
    await this.sessions.endSessionsOf(id);
    this.security.record('account-change', { userId: id });
    await this.mails.add('password-changed', id);
    return true;
  }

  #requireMail(): void {
    if (!this.mailer.isConfigured) throw new ProblemError('no-mail');
  }
}
