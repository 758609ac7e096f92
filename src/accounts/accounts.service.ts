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

const DUPLICATE = 1062;
// A character that the old column cannot hold.
const INCORRECT_STRING = 1366;
const LOOK_BACK = 1_000;

/** Who has an account, and who is who. */
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
   * @throws InvalidBody when an old database can not store the name
   */
  async register({ username, email, password }: RegisterDto, { isStaff = false } = {}): Promise<AccountDto> {
    // Before the transaction: it takes most of a second.
    const hash = await this.passwords.hash(password);
    await this.#claimEmailsOfOthers();
    const id = await inTransaction(this.em, async (em) => {
      const users = em.getRepository(User);
      const made = await users.add(this.#row({ username, email, password: hash, isStaff }));
      await users.claimEmail(made, emailKey(email));
      return made;
    }).catch((error: unknown) => {
      throw takenBy(error) ?? error;
    });
    return AccountDto.from({ id, username, email, is_staff: isStaff });
  }

  /** @throws SignInRefused for a wrong name, a wrong password and an inactive user, each after the same time */
  async login(login: LoginDto): Promise<TokensDto> {
    return TokensDto.from(await this.sessions.start(await this.#identify(login)));
  }

  /**
   * For pages that are for staff: others are told who they are, and get no tokens that they could do nothing with.
   * @throws SignInRefused as login()
   */
  async signInStaff(login: LoginDto): Promise<{ account: AccountDto; tokens: Tokens | null }> {
    const user = await this.#identify(login);
    const account = AccountDto.from(user);
    return { account, tokens: account.isStaff ? await this.sessions.start(user) : null };
  }

  async #identify({ username, password }: LoginDto): Promise<UserRow> {
    const user = await this.users.findByName(username.normalize('NFKC'));
    const isRight = await this.passwords.verify(password, user?.is_active ? user.password : null);
    if (!user || !isRight) throw new SignInRefused();
    await inTransaction(this.em, (em) => em.getRepository(User).noteSignIn(user.id, this.#now()));
    return user;
  }

  async refresh(refreshToken: string): Promise<TokensDto> {
    return TokensDto.from(await this.sessions.refresh(refreshToken));
  }

  /** @throws TokenRefused when it was deleted a moment ago */
  async getAccount(id: number): Promise<AccountDto> {
    const user = await this.users.findById(id);
    if (!user) throw new TokenRefused();
    return AccountDto.from(user);
  }

  /** Whether nobody has an account. */
  isEmpty(): Promise<boolean> {
    return this.users.isEmpty();
  }

  /** Whether there is such an account, with the very same email. */
  async has({ username, email }: { username: string; email: string }): Promise<boolean> {
    return (await this.users.findByName(username))?.email === email;
  }

  /** The ids of those of the names that there are. */
  idsOf(usernames: readonly string[]): Promise<number[]> {
    return this.users.findIds(usernames);
  }

  /** Makes accounts with these passwords, and people beside them who cannot sign in; all or none. */
  async addDemo(
    known: readonly (RegisterDto & { isStaff: boolean })[],
    others: readonly string[],
  ): Promise<void> {
    const hashes = await Promise.all(known.map(({ password }) => this.passwords.hash(password)));
    const rows = [
      ...known.map(({ username, email, isStaff }, i) =>
        this.#row({ username, email, password: hashes[i]!, isStaff }),
      ),
      ...others.map((username) =>
        // As Django marks a password that cannot be used.
        this.#row({ username, email: `${username}@example.com`, password: '!', isStaff: false }),
      ),
    ];
    await inTransaction(this.em, (em) => em.getRepository(User).addAll(rows));
    await this.#claimEmailsOfOthers();
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

  // A Django site beside us knows nothing of our table of emails. Ids are given out before they are committed: looking back
  // a good way finds those that came late.
  async #claimEmailsOfOthers(): Promise<void> {
    let after = (await this.users.lastClaimed()) - LOOK_BACK;
    for (let others; !others || others.length === LOOK_BACK; after = others.at(-1)?.id ?? after) {
      others = await this.users.findUnclaimed(after, LOOK_BACK);
      const claims = others.map(({ id, email }) => ({ user_id: id, email_key: emailKey(email) }));
      // As a transaction it is run again when a failover has made its server read-only.
      if (claims.length > 0) await inTransaction(this.em, (em) => em.getRepository(User).claimFree(claims));
    }
  }

  #now(): string {
    return toDatabaseTime(new Date(), this.#zone);
  }
}

function takenBy(error: unknown): Error | undefined {
  const { errno, message } = error as { errno?: number; message: string };
  if (errno === DUPLICATE)
    return new AccountTaken(message.includes('account_email_key') ? 'email' : 'username');
  if (errno !== INCORRECT_STRING) return undefined;
  const field = /[`'"]email[`'"]/.test(message) ? 'email' : 'username';
  return new InvalidBody([{ field, message: 'has characters that can not be stored' }]);
}
