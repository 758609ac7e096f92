import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { isDuplicateKey, isUnstorableText } from '../database/server-errors.js';
import { inTransaction } from '../database/transaction.js';
import { InvalidBody } from '../http/problem.js';
import { emailKey } from './account-email.entity.js';
import { AccountTaken, SignInRefused, TokenRefused } from './account.errors.js';
import { AccountDto, type LoginDto, type RegisterDto, TokensDto } from './dto/accounts.dto.js';
import { SecurityLog } from '../security/security-log.js';
import { Passwords } from './passwords.js';
import { SessionsService, type Tokens } from './sessions.service.js';
import { UserRepository, type UserRow } from './user.repository.js';

const NEW_USER = { firstName: '', lastName: '', isSuperuser: false, isActive: true };
const CLAIM_BATCH_SIZE = 1_000;
// Ids are assigned before the commit, so a user may appear below the last claimed id.
const CLAIM_LOOK_BACK_IDS = 1_000;

/** Registers accounts and signs users in. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly config: Config,
    private readonly security: SecurityLog,
  ) {}

  /**
   * @throws AccountTaken
   * @throws InvalidBody when the database's character set cannot store the username or the email
   */
  async register({ username, email, password }: RegisterDto, { isStaff = false } = {}): Promise<AccountDto> {
    // Outside the transaction: hashing takes most of a second.
    const hash = await this.passwords.hash(password);
    const user = { ...NEW_USER, username, email, password: hash, isStaff, dateJoined: this.#now() };
    await this.#claimEmailsOfOtherPrograms();
    const { id } = await inTransaction(this.em, () => this.users.register(user, emailKey(email))).catch(
      (error: unknown) => {
        throw asRegistrationError(error) ?? error;
      },
    );
    this.security.record(isStaff ? 'staff-registration' : 'registration', { targetUserId: id });
    return AccountDto.from({ id, username, email, is_staff: isStaff });
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
    const account = AccountDto.from(user);
    return { account, tokens: account.isStaff ? await this.sessions.start(user) : null };
  }

  async #identify({ username, password }: LoginDto): Promise<UserRow> {
    const user = await this.users.findByName(username.normalize('NFKC'));
    const isMatch = await this.passwords.verify(password, user?.is_active ? user.password : null);
    if (!user || !isMatch) throw new SignInRefused();
    await inTransaction(this.em, () => this.users.recordSignIn(user.id, this.#now()));
    this.security.record('sign-in', { userId: user.id });
    return user;
  }

  /** @throws TokenRefused when the user was just deleted */
  async getAccount(id: number): Promise<AccountDto> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    return AccountDto.from(user);
  }

  // A Django site adds users to `auth_user` and knows nothing of `account_email`.
  async #claimEmailsOfOtherPrograms(): Promise<void> {
    let after = (await this.users.findLastClaimed()) - CLAIM_LOOK_BACK_IDS;
    for (let users; !users || users.length === CLAIM_BATCH_SIZE; after = users.at(-1)?.id ?? after) {
      users = await this.users.findUnclaimed(after, CLAIM_BATCH_SIZE);
      const claims = users.map(({ id, email }) => ({ user_id: id, email_key: emailKey(email) }));
      // In a transaction, because inTransaction() retries on another connection when a failover made the server read-only.
      if (claims.length > 0) await inTransaction(this.em, () => this.users.claimFree(claims));
    }
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
