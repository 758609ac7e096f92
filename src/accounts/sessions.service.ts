import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import { RefreshTokenRefused } from './account.errors.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SecurityLog } from '../security/security-log.js';
import type { UserRow } from './user.repository.js';

/** Lifetime of a refresh token, in seconds. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3_600;
const TOKEN_BYTES = 32;

export interface Tokens {
  accessToken: string;
  /** Lifetime of the access token, in seconds. */
  expiresIn: number;
  refreshToken: string;
}

/** Rotates refresh tokens (RFC 9700, 4.14.2). The second use of a token ends its family: all tokens of that sign-in. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly em: EntityManager,
    private readonly accessTokens: AccessTokens,
    private readonly tokens: RefreshTokenRepository,
    private readonly security: SecurityLog,
  ) {}

  /** Starts a new family. The caller has verified the password. */
  async start({ id, password }: Pick<UserRow, 'id' | 'password'>): Promise<Tokens> {
    const refreshToken = await inTransaction(
      this.em,
      async () => {
        await this.tokens.deleteExpired(id, now());
        return this.#add({ family: randomUUID(), id, password });
      },
      READ_COMMITTED,
    );
    return this.#withAccessToken(id, refreshToken);
  }

  /**
   * Exchanges a refresh token for new tokens.
   * @throws RefreshTokenRefused when the token is unknown, used or expired, or its user is deleted, inactive or has changed the
   *   password
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    const tokenHash = digest(refreshToken);
    let reusedTokenOf: number | undefined;
    const next = await inTransaction(this.em, async () => {
      const token = await this.tokens.lock(tokenHash);
      if (!token) return null;
      const user = await this.tokens.userOf(token);
      if (token.usedAt !== null) reusedTokenOf = user.id;
      const isUsable = token.usedAt === null && token.expiresAt > now();
      if (!isUsable || !user.isActive || token.passwordMark !== digest(user.password)) {
        await this.tokens.delete({ family: token.family });
        return null;
      }
      token.usedAt = now();
      return { userId: user.id, refreshToken: this.#add({ family: token.family, ...user }) };
    });
    if (reusedTokenOf !== undefined)
      this.security.record('token-reuse', { outcome: 'failure', userId: reusedTokenOf });
    // After the commit, because a throw inside would roll back the end of the family.
    if (!next) throw new RefreshTokenRefused();
    return this.#withAccessToken(next.userId, next.refreshToken);
  }

  /** Ends the family of the token, or all families of its user. An unknown token is no error. */
  async end(refreshToken: string, { allOfUser = false } = {}): Promise<void> {
    const userId = await inTransaction(this.em, async () => {
      const token = await this.tokens.lock(digest(refreshToken));
      if (token) await this.tokens.delete(allOfUser ? { user: token.user.id } : { family: token.family });
      return token?.user.id;
    });
    if (userId !== undefined) this.security.record('sign-out', { userId });
  }

  /** @returns the new token; only its hash is stored */
  #add({ family, id, password }: { family: string; id: number; password: string }): string {
    const refreshToken = randomBytes(TOKEN_BYTES).toString('base64url');
    this.tokens.add({
      tokenHash: digest(refreshToken),
      family,
      user: id,
      passwordMark: digest(password),
      expiresAt: toDatabaseTime(new Date(Date.now() + REFRESH_TOKEN_SECONDS * 1_000), '+00:00'),
    });
    return refreshToken;
  }

  #withAccessToken(userId: number, refreshToken: string): Tokens {
    const accessToken = this.accessTokens.issue(userId);
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, refreshToken };
  }
}

const now = (): string => toDatabaseTime(new Date(), '+00:00');

// The input is random or already a slow hash. A fast hash without a salt is enough.
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
