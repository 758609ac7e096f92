import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { InvalidBody } from '../http/problem.js';
import { emailKey } from './account-email.entity.js';
import { AccountTaken, SignInRefused, TokenRefused } from './account.errors.js';
import { AccountDto, type LoginDto, type RegisterDto, TokensDto } from './dto/accounts.dto.js';
import { Passwords } from './passwords.js';
import { SessionsService, type Tokens } from './sessions.service.js';
import { User } from './user.entity.js';
import { type NewUser, UserRepository, type UserRow } from './user.repository.js';

const DUPLICATE_KEY = 1062;
// The column's character set lacks a character of the text.
const INCORRECT_STRING = 1366;
const CLAIM_BATCH_SIZE = 1_000;
// Ids are assigned before the commit, so a user may appear below the last claimed id.
const CLAIM_LOOK_BACK_IDS = 1_000;

/** Registers accounts and signs users in. */
@Injectable()
export class AccountsService {
  readonly #zone: string;

  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * @throws AccountTaken
   * @throws InvalidBody when the database's character set cannot store the username or the email
   */
  async register({ username, email, password }: RegisterDto, { isStaff = false } = {}): Promise<AccountDto> {
    // Outside the transaction: hashing takes most of a second.
    const hash = await this.passwords.hash(password);
    await this.#claimEmailsOfOtherPrograms();
    const id = await inTransaction(this.em, async (em) => {
      const users = em.getRepository(User);
      const newId = await users.add(this.#row({ username, email, password: hash, isStaff }));
      await users.claimEmail(newId, emailKey(email));
      return newId;
    }).catch((error: unknown) => {
      throw asRegistrationError(error) ?? error;
    });
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
    await inTransaction(this.em, (em) => em.getRepository(User).recordSignIn(user.id, this.#now()));
    return user;
  }

  async refresh(refreshToken: string): Promise<TokensDto> {
    return TokensDto.from(await this.sessions.refresh(refreshToken));
  }

  /** @throws TokenRefused when the user was just deleted */
  async getAccount(id: number): Promise<AccountDto> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    return AccountDto.from(user);
  }

  /** True when there is no user. */
  isEmpty(): Promise<boolean> {
    return this.users.isEmpty();
  }

  /** True when the user exists and has exactly this email. */
  async has({ username, email }: { username: string; email: string }): Promise<boolean> {
    return (await this.users.findByName(username))?.email === email;
  }

  /** The ids of the usernames that exist, ascending. */
  idsOf(usernames: readonly string[]): Promise<number[]> {
    return this.users.findIds(usernames);
  }

  /**
   * Creates all users in one transaction.
   * @param accounts users who can sign in
   * @param usernames of users who cannot sign in
   */
  async addDemo(
    accounts: readonly (RegisterDto & { isStaff: boolean })[],
    usernames: readonly string[],
  ): Promise<void> {
    const hashes = await Promise.all(accounts.map(({ password }) => this.passwords.hash(password)));
    const rows = [
      ...accounts.map(({ username, email, isStaff }, i) =>
        this.#row({ username, email, password: hashes[i]!, isStaff }),
      ),
      ...usernames.map((username) =>
        // Django's mark of an unusable password.
        this.#row({ username, email: `${username}@example.com`, password: '!', isStaff: false }),
      ),
    ];
    await inTransaction(this.em, (em) => em.getRepository(User).addAll(rows));
    await this.#claimEmailsOfOtherPrograms();
  }

  #row({
    username,
    email,
    password,
    isStaff,
  }: {
    username: string;
    email: string;
    password: string;
    isStaff: boolean;
  }): NewUser {
    return {
      username,
      email,
      password,
      first_name: '',
      last_name: '',
      is_superuser: false,
      is_staff: isStaff,
      is_active: true,
      last_login: null,
      date_joined: this.#now(),
    };
  }

  // A Django site adds users to `auth_user` and knows nothing of `account_email`.
  async #claimEmailsOfOtherPrograms(): Promise<void> {
    let after = (await this.users.findLastClaimed()) - CLAIM_LOOK_BACK_IDS;
    for (let users; !users || users.length === CLAIM_BATCH_SIZE; after = users.at(-1)?.id ?? after) {
      users = await this.users.findUnclaimed(after, CLAIM_BATCH_SIZE);
      const claims = users.map(({ id, email }) => ({ user_id: id, email_key: emailKey(email) }));
      // In a transaction, because inTransaction() retries on another connection when a failover made the server read-only.
      if (claims.length > 0) await inTransaction(this.em, (em) => em.getRepository(User).claimFree(claims));
    }
  }

  #now(): string {
    return toDatabaseTime(new Date(), this.#zone);
  }
}

function asRegistrationError(error: unknown): Error | undefined {
  const { errno, message } = error as { errno?: number; message: string };
  if (errno === DUPLICATE_KEY)
    return new AccountTaken(message.includes('account_email_key') ? 'email' : 'username');
  if (errno !== INCORRECT_STRING) return undefined;
  const field = /[`'"]email[`'"]/.test(message) ? 'email' : 'username';
  return new InvalidBody([{ field, message: 'has characters that cannot be stored' }]);
}
