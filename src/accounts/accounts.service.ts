import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { isDuplicateKey, isUnstorableText } from '../database/server-errors.js';
import { inTransaction } from '../database/transaction.js';
import { InvalidBody } from '../http/problem.js';
import { Mailer } from '../mail/mailer.js';
import { AccountDataRepository } from './account-data.repository.js';
import { emailKey } from './account-email.entity.js';
import { AccountMails } from './account-mails.js';
import { AccountTaken, SignInRefused, TokenRefused } from './account.errors.js';
import { AccountDto, type LoginDto, type RegisterDto, TokensDto } from './dto/accounts.dto.js';
import { EmailClaims } from './email-claims.js';
import { OneTimeTokenRepository } from './one-time-token.repository.js';
import { Passwords } from './passwords.js';
import { SessionsService, type Tokens } from './sessions.service.js';
import { type NewUser, UserRepository, type UserRow } from './user.repository.js';

const NEW_USER = { firstName: '', lastName: '', isSuperuser: false, isActive: true };

/** Registers accounts and signs users in. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly claims: EmailClaims,
    private readonly data: AccountDataRepository,
    private readonly tokens: OneTimeTokenRepository,
    private readonly mails: AccountMails,
    private readonly mailer: Mailer,
    private readonly config: Config,
  ) {}

  /**
   * @throws AccountTaken
   * @throws InvalidBody when the database's character set cannot store the username or the email
   */
  async register(
    { username, email, password, privacyPolicyVersion }: RegisterDto,
    { isStaff = false, mustConfirm = this.mailer.isConfigured } = {},
  ): Promise<AccountDto> {
    // Outside the transaction: hashing takes most of a second.
    const hash = await this.passwords.hash(password);
    const user = { ...NEW_USER, username, email, password: hash, isStaff, dateJoined: this.#now() };
    await this.claims.claimOfOtherPrograms();
    const id = await inTransaction(this.em, async () => {
      const userId = mustConfirm
        ? await this.#registerUnconfirmed(user, email)
        : (await this.users.register(user, emailKey(email))).id;
      if (privacyPolicyVersion)
        await this.data.addConsent(userId, privacyPolicyVersion, toDatabaseTime(new Date(), '+00:00'));
      return userId;
    }).catch((error: unknown) => {
      throw asRegistrationError(error) ?? error;
    });
    if (mustConfirm) await this.mails.add('confirm-email', id);
    return AccountDto.from({ id, username, email, is_staff: isStaff }, mustConfirm ? false : null);
  }

  /** Several users may register an email. The first to confirm it owns it, and `auth_user` has it only then. */
  async #registerUnconfirmed(user: NewUser, email: string): Promise<number> {
    if ((await this.users.findOwner(emailKey(email))) !== undefined) throw new AccountTaken('email');
    const id = await this.users.add({ ...user, email: '' });
    await this.tokens.addEmail(id, email);
    return id;
  }

  /** @throws SignInRefused for a wrong username, a wrong password or an inactive user; each answer takes the same time */
  async login(login: LoginDto): Promise<TokensDto> {
    return TokensDto.from(await this.sessions.start(await this.#identify(login)));
  }

  /**
   * Sign-in for staff pages. A user who is not staff gets no tokens, because these pages would refuse them.
   * @throws SignInRefused as login()
   */
  async signInStaff(login: LoginDto): Promise<{ account: AccountDto; tokens: Tokens | null }> {
    const user = await this.#identify(login);
    const account = await this.getAccount(user.id);
    return { account, tokens: account.isStaff ? await this.sessions.start(user) : null };
  }

  async #identify({ username, password }: LoginDto): Promise<UserRow> {
    const user = await this.users.findByName(username.normalize('NFKC'));
    const isMatch = await this.passwords.verify(password, user?.is_active ? user.password : null);
    if (!user || !isMatch) throw new SignInRefused();
    await inTransaction(this.em, () => this.users.recordSignIn(user.id, this.#now()));
    return user;
  }

  /** @throws TokenRefused when the user was just deleted */
  async getAccount(id: number): Promise<AccountDto> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    const { isConfirmed, email } = await this.users.findEmailState(id);
    return AccountDto.from({ ...user, email: email ?? user.email }, isConfirmed);
  }

  /** The account with the columns of `auth_user` that no other answer shows. @throws TokenRefused when the user was just deleted */
  async getWholeAccount(id: number) {
    const account = await this.getAccount(id);
    const user = await this.users.findProfile(id);
    if (!user) throw new TokenRefused();
    return {
      ...account,
      firstName: user.first_name,
      lastName: user.last_name,
      dateJoined: user.date_joined,
      lastLogin: user.last_login,
    };
  }

  #now(): string {
    return toDatabaseTime(new Date(), this.config.database.timezone);
  }
}

function asRegistrationError(error: unknown): Error | undefined {
  const { sqlMessage = '' } = error as { sqlMessage?: string };
  if (isDuplicateKey(error))
    return new AccountTaken(sqlMessage.includes('account_email_key') ? 'email' : 'username');
  if (!isUnstorableText(error)) return undefined;
  const field = /[`'"]email[`'"]/.test(sqlMessage) ? 'email' : 'username';
  return new InvalidBody([{ field, message: 'has characters that cannot be stored' }]);
}
