import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { InvalidBody } from '../http/problem.js';
import { emailKey } from './account-email.entity.js';
import { digest, newToken } from './digest.js';
import { type OneTimeToken, OneTimeTokenRepository, type TokenPurpose } from './one-time-token.repository.js';
import type { UserRow } from './user.repository.js';

const LIFETIME_MS: Record<TokenPurpose, number> = {
  'confirm-email': 48 * 3_600_000,
  'reset-password': 3_600_000,
};
// Whoever knows an address can ask for mails to it: not more than one in this time.
const MIN_INTERVAL_MS = 5 * 60_000;
/** Django's mark of an account that has no password, such as one of a directory. */
const UNUSABLE = '!';

/** The token is unknown, used or expired. */
export class OneTimeTokenRefused extends InvalidBody {
  constructor() {
    super([{ field: 'token', message: 'is unknown, used or expired' }]);
  }
}

/** Tokens for one use, which prove that the bearer reads the user's mail. Only their hashes are stored. */
@Injectable()
export class OneTimeTokens {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: OneTimeTokenRepository,
  ) {}

  /**
   * @param options.always also when the user got a token a moment ago
   * @returns null when the user has no email to confirm, or got a token a moment ago
   */
  async issueForEmail(
    userId: number,
    { always = false } = {},
  ): Promise<{ email: string; token: string } | null> {
    const email = await this.tokens.findEmail(userId);
    if (email === null || !isEmail(email)) return null;
    if (!always && (await this.#isRecent(userId, 'confirm-email'))) return null;
    return { email, token: await this.#issue(userId, 'confirm-email', emailKey(email)) };
  }

  /** As issueForEmail. @returns null when the user has no password, or got a token a moment ago */
  async issueForPassword({ id, password }: UserRow, { always = false } = {}): Promise<string | null> {
    if (password.startsWith(UNUSABLE)) return null;
    if (!always && (await this.#isRecent(id, 'reset-password'))) return null;
    return this.#issue(id, 'reset-password', password);
  }

  /**
   * Locks a token. Call inside a transaction, and delete the token there.
   * @throws OneTimeTokenRefused
   */
  async lock(token: string, purpose: TokenPurpose): Promise<OneTimeToken> {
    const found = await this.tokens.lock(digest(token), purpose, inMs(0));
    if (!found) throw new OneTimeTokenRefused();
    return found;
  }

  async #isRecent(userId: number, purpose: TokenPurpose): Promise<boolean> {
    const end = await this.tokens.findEnd(userId, purpose);
    return end !== null && end > inMs(LIFETIME_MS[purpose] - MIN_INTERVAL_MS);
  }

  async #issue(userId: number, purpose: TokenPurpose, marked: string): Promise<string> {
    const token = newToken();
    const stored = { hash: digest(token), mark: digest(marked), expiresAt: inMs(LIFETIME_MS[purpose]) };
    await inTransaction(this.em, () => this.tokens.save(userId, purpose, stored));
    return token;
  }
}

const inMs = (ms: number): string => toDatabaseTime(new Date(Date.now() + ms), '+00:00');
