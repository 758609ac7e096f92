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
import { AccountTaken, NotStaff, SignInRefused, TokenRefused, TotpCodeRefused } from './account.errors.js';
import type { Caller } from './caller-cache.js';
import { DeviceCookies } from './device-cookie.js';
import { AccountDto, type LoginDto, type RegisterDto, TokensDto } from './dto/accounts.dto.js';
import { EmailClaims } from './email-claims.js';
import { LoadCache } from '../cache/load-cache.js';
import { OneTimeTokenRepository } from './one-time-token.repository.js';
import { SecurityLog } from '../security/security-log.js';
import { Passwords } from './passwords.js';
import { type ClientInfo, SessionsService, type Tokens } from './sessions.service.js';
import { type SignInAttempt, SignInFailures } from './sign-in-failures.js';
import { TotpService } from './totp.service.js';
import { type NewUser, UserRepository, type UserRow } from './user.repository.js';

const NEW_USER = { firstName: '', lastName: '', isSuperuser: false, isActive: true };
const MOST_ITERATIONS_MAX_AGE_MS = 3_600_000;

/** Where a sign-in comes from. */
export interface SignInClient extends ClientInfo {
  address: string;
  /** The content of the device cookie. */
  deviceCookie?: string;
  /** Aborted when the caller has gone away. */
  signal?: AbortSignal;
}

interface IdentifiedUser extends UserRow {
  /** The user passed a second factor. */
  hasSecondFactor: boolean;
}

/** Registers accounts and signs users in. */
@Injectable()
export class AccountsService {
  readonly #mostIterations = new LoadCache<'all', number>({ maxSize: 1, maxAge: MOST_ITERATIONS_MAX_AGE_MS });

  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly failures: SignInFailures,
    private readonly devices: DeviceCookies,
    private readonly totp: TotpService,
    private readonly claims: EmailClaims,
    private readonly data: AccountDataRepository,
    private readonly tokens: OneTimeTokenRepository,
    private readonly mails: AccountMails,
    private readonly mailer: Mailer,
    private readonly config: Config,
    private readonly security: SecurityLog,
  ) {}

  /**
   * @throws AccountTaken
   * @throws InvalidBody when the database's character set cannot store the username or the email
   */
  async register(
    { username, email, password, privacyPolicyVersion }: RegisterDto,
    {
      isStaff = false,
      mustConfirm = this.mailer.isConfigured,
      signal,
    }: { isStaff?: boolean; mustConfirm?: boolean; signal?: AbortSignal } = {},
  ): Promise<AccountDto> {
    // Outside the transaction: hashing takes most of a second.
    const hash = await this.passwords.hash(password, signal);
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
    this.security.record(isStaff ? 'staff-registration' : 'registration', { targetUserId: id });
    if (mustConfirm) await this.mails.add('confirm-email', id);
    return AccountDto.from({ id, username, email, is_staff: isStaff }, mustConfirm ? false : null);
  }

  /** Several users may register an email. The first to confirm it owns it, and `auth_user` has it only then. */
  async #registerUnconfirmed(user: NewUser, email: string): Promise<number> {
    if ((await this.users.findOwner(emailKey(email))) !== undefined) throw new AccountTaken('email');
    const id = await this.users.addUnconfirmed({ ...user, email: '' });
    await this.tokens.addEmail(id, email);
    return id;
  }

  /**
   * @throws SignInRefused for a wrong username, a wrong password or an inactive user; each answer takes the same time
   * @throws ProblemError 429 after too many failures
   */
  async login(login: LoginDto, client: SignInClient): Promise<TokensDto> {
    const user = await this.#identify(login, client);
    const { hasSecondFactor } = user;
    return TokensDto.from(await this.sessions.start(user, { ...client, hasSecondFactor }));
  }

  /**
   * Sign-in for staff pages. A user who is not staff gets no tokens, because these pages would refuse them.
   * @throws NotStaff when the user is staff but lacks the second factor that STAFF_TOTP requires
   * @throws as login()
   */
  async signInStaff(
    login: LoginDto,
    client: SignInClient,
  ): Promise<{ account: AccountDto; tokens: Tokens | null }> {
    const user = await this.#identify(login, client);
    const { hasSecondFactor } = user;
    const account = await this.getAccount({ id: user.id, isStaff: false });
    if (!account.isStaff) return { account, tokens: null };
    if (this.config.staffTotpRequired && !hasSecondFactor) throw new NotStaff({ lacksSecondFactor: true });
    return {
      account,
      tokens: await this.sessions.start(user, { ...client, kind: 'cookie', hasSecondFactor }),
    };
  }

  /**
   * Asks a user who is signed in for the password again.
   * @param code null: also for the code of a second factor
   * @throws as login()
   */
  async confirmPassword(
    { id }: Caller,
    password: string,
    client: SignInClient,
    code?: string | null,
  ): Promise<UserRow> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    return this.#examine({ username: user.username, password }, client, code);
  }

  async #identify({ code, ...login }: LoginDto, client: SignInClient): Promise<IdentifiedUser> {
    const user = await this.#examine(login, client, code ?? null);
    await inTransaction(this.em, () => this.users.recordSignIn(user.id, this.#now()));
    this.security.record('sign-in', { userId: user.id });
    return user;
  }

  /** @param code of the second factor; null when none was sent; undefined when none is needed */
  async #examine(
    { username, password }: LoginDto,
    client: SignInClient,
    code: string | null | undefined,
  ): Promise<IdentifiedUser> {
    const { address, deviceCookie, signal } = client;
    const device = this.devices.verify(deviceCookie, username);
    const attempt = await this.failures.begin({ username, address, device });
    let user: UserRow | undefined;
    let isMatch: boolean;
    try {
      user = await this.users.findByName(username.normalize('NFKC'));
      const hash = user?.is_active ? user.password : null;
      const iterations = await this.#mostIterations.get('all', () => this.#findMostIterations());
      isMatch = await this.passwords.verify(password, hash, { iterations, signal });
    } catch (error) {
      await attempt.withdrawn();
      throw error;
    }
    if (!user || !isMatch) throw new SignInRefused();
    const hasSecondFactor = code !== undefined && (await this.#checkSecondFactor(user.id, code, attempt));
    await attempt.succeeded();
    return { ...user, hasSecondFactor };
  }

  // A missing code is no failure; a wrong one is.
  async #checkSecondFactor(id: number, code: string | null, attempt: SignInAttempt): Promise<boolean> {
    try {
      return await this.totp.check(id, code);
    } catch (error) {
      if (!(error instanceof TotpCodeRefused)) await attempt.withdrawn();
      throw error;
    }
  }

  // In a very large table this can take too long. Sign-ins must go on, so the error counts as no such hash.
  #findMostIterations(): Promise<number> {
    return this.users.findMostIterations().catch(() => 0);
  }

  /** @throws TokenRefused when the user was just deleted */
  async getAccount({ id, isStaff, lacksSecondFactor }: Caller): Promise<AccountDto> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    const { isConfirmed, email } = await this.users.findEmailState(id);
    const account = AccountDto.from({ ...user, email: email ?? user.email }, isConfirmed);
    // A token of an identity provider can make staff, too.
    return { ...account, isStaff: isStaff || (account.isStaff && !lacksSecondFactor) };
  }

  /** The account with the columns of `auth_user` that no other answer shows. @throws TokenRefused when the user was just deleted */
  async getWholeAccount(caller: Caller) {
    const account = await this.getAccount(caller);
    const user = await this.users.findProfile(caller.id);
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
