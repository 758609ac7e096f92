import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import { RefreshTokenRefused } from './account.errors.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import type { UserRow } from './user.repository.js';

/** Seconds that a refresh token is good for. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3_600;
const TOKEN_BYTES = 32;

/** What a sign-in gives. */
export interface Tokens {
  accessToken: string;
  /** Seconds that the access token is good for. */
  expiresIn: number;
  refreshToken: string;
}

/** Sign-ins that go on: refresh tokens rotate (RFC 9700, 4.14.2), and one that is used twice ends its whole family. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly em: EntityManager,
    private readonly accessTokens: AccessTokens,
  ) {}

  /** A new family of tokens for a user whose password was right. */
  async start({ id, password }: Pick<UserRow, 'id' | 'password'>): Promise<Tokens> {
    const refreshToken = await inTransaction(
      this.em,
      async (em) => {
        const tokens = new RefreshTokenRepository(em);
        await tokens.forgetExpired(id, now());
        return this.#add(tokens, { family: randomUUID(), userId: id, password });
      },
      READ_COMMITTED,
    );
    return this.#tokens(id, refreshToken);
  }

  /** @throws RefreshTokenRefused when it is unknown, used, expired, or its user is gone, inactive or has another password */
  async refresh(refreshToken: string): Promise<Tokens> {
    const tokenHash = digest(refreshToken);
    const next = await inTransaction(this.em, async (em) => {
      const tokens = new RefreshTokenRepository(em);
      const isFirstUse = await tokens.use(tokenHash, now());
      const token = await tokens.find(tokenHash);
      if (!token) return null;
      if (!isFirstUse || !token.is_active || token.password_mark !== digest(token.password)) {
        await tokens.endFamily(token.family);
        return null;
      }
      const { family, user_id: userId, password } = token;
      return { userId, refreshToken: await this.#add(tokens, { family, userId, password }) };
    });
    // Only now: what was ended stays ended.
    if (!next) throw new RefreshTokenRefused();
    return this.#tokens(next.userId, next.refreshToken);
  }

  /** Signs out: no refresh token of this sign-in is good any more. Unknown ones are none already. */
  async end(refreshToken: string): Promise<void> {
    await inTransaction(this.em, async (em) => {
      const tokens = new RefreshTokenRepository(em);
      const token = await tokens.find(digest(refreshToken));
      if (token) await tokens.endFamily(token.family);
    });
  }

  /** Signs out everywhere: no refresh token of this one's user is good any more. */
  async endAll(refreshToken: string): Promise<void> {
    await inTransaction(this.em, async (em) => {
      const tokens = new RefreshTokenRepository(em);
      const token = await tokens.find(digest(refreshToken));
      if (token) await tokens.endAllOf(token.user_id);
    });
  }

  async #add(
    tokens: RefreshTokenRepository,
    { family, userId, password }: { family: string; userId: number; password: string },
  ): Promise<string> {
    const refreshToken = randomBytes(TOKEN_BYTES).toString('base64url');
    await tokens.add({
      token_hash: digest(refreshToken),
      family,
      user_id: userId,
      password_mark: digest(password),
      expires_at: toDatabaseTime(new Date(Date.now() + REFRESH_TOKEN_SECONDS * 1_000), '+00:00'),
    });
    return refreshToken;
  }

  #tokens(userId: number, refreshToken: string): Tokens {
    const accessToken = this.accessTokens.issue(userId);
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, refreshToken };
  }
}

const now = (): string => toDatabaseTime(new Date(), '+00:00');

// Both are random, or hashes of a slow kind: a fast one without a salt is enough here.
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
