import { randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import { RefreshTokenRefused, SessionNotFound } from './account.errors.js';
import { clientLabel } from './client-label.js';
import { digest, newToken } from './digest.js';
import { EndedSignIns } from './ended-sign-ins.js';
import type { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import type { SignIn, SignInKind } from './sign-in.entity.js';
import { SignInRepository, type SignInRow } from './sign-in.repository.js';
import { SecurityLog } from '../security/security-log.js';
import type { UserRow } from './user.repository.js';

/** Seconds after which a sign-in is over, however often its tokens are refreshed. */
const LIFETIME_SECONDS: Record<SignInKind, number> = { api: 30 * 24 * 3_600, cookie: 12 * 3_600 };
// More end the one that was used the longest time ago, so a statement that ends all of a user stays small.
const MAX_LIVE_SIGN_INS = 100;
// Refresh tokens of one sign-in: three times as many as access tokens expire in 30 days.
const MAX_ROTATIONS = 10_000;

export interface Tokens {
  accessToken: string;
  /** Lifetime of the access token, in seconds. */
  expiresIn: number;
  refreshToken: string;
  /** Lifetime of the refresh token, in seconds: the rest of the sign-in. */
  refreshExpiresIn: number;
}

/** How a user signs in. */
export interface ClientInfo {
  kind?: SignInKind;
  hasSecondFactor?: boolean;
  /** The `User-Agent` header. */
  userAgent?: string | undefined;
}

/**
 * Sign-ins and their tokens. A refresh token is valid for one use (RFC 9700, 4.14.2); a second use ends its sign-in. All ends are an
 * UPDATE of `sign_in` alone, so their cost does not depend on the number of tokens.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly em: EntityManager,
    private readonly accessTokens: AccessTokens,
    private readonly tokens: RefreshTokenRepository,
    private readonly signIns: SignInRepository,
    private readonly ended: EndedSignIns,
    private readonly security: SecurityLog,
  ) {}

  /** Starts a sign-in. The caller has verified the password. */
  async start(
    { id, password }: Pick<UserRow, 'id' | 'password'>,
    { kind = 'api', hasSecondFactor = false, userAgent }: ClientInfo = {},
  ): Promise<Tokens> {
    const startedAt = now();
    const next = await this.#inTransaction(async () => {
      const oldest = (await this.signIns.findLive(id, startedAt)).slice(MAX_LIVE_SIGN_INS - 1);
      await this.signIns.end(oldest.map((each) => each.id));
      const signIn = this.signIns.add({
        id: randomUUID(),
        user: id,
        kind,
        client: clientLabel(userAgent),
        startedAt,
        lastUsedAt: startedAt,
        endsAt: timeIn(LIFETIME_SECONDS[kind]),
        rotations: 0,
        hasSecondFactor,
      });
      return { signIn, refreshToken: this.#addToken(signIn, { id, password }) };
    });
    return this.#tokensOf(id, next);
  }

  /**
   * Exchanges a refresh token for new tokens.
   * @throws RefreshTokenRefused when the token is unknown or used, its sign-in is over, or its user is deleted, inactive or has changed
   *   the password
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    let reusedTokenOf: number | undefined;
    const next = await this.#inTransaction(async () => {
      const token = await this.tokens.lock(digest(refreshToken));
      const signIn = token && (await this.#liveSignInOf(token));
      if (!signIn) return null;
      const user = await this.tokens.userOf(token);
      if (token.usedAt !== null) reusedTokenOf = user.id;
      const isUsable = token.usedAt === null && signIn.rotations < MAX_ROTATIONS;
      if (!isUsable || !user.isActive || token.passwordMark !== digest(user.password)) {
        await this.signIns.end([signIn.id]);
        return { endedId: signIn.id };
      }
      token.usedAt = signIn.lastUsedAt = now();
      signIn.rotations++;
      return { userId: user.id, signIn, refreshToken: this.#addToken(signIn, user) };
    });
    if (reusedTokenOf !== undefined)
      this.security.record('token-reuse', { outcome: 'failure', userId: reusedTokenOf });
    // After the commit, because a throw inside would roll back the end of the sign-in.
    if (next?.endedId !== undefined) this.ended.forget();
    if (next?.signIn === undefined) throw new RefreshTokenRefused();
    return this.#tokensOf(next.userId, next);
  }

  /** Ends the sign-in of the token, or all of its user. It does nothing when the token is unknown or its sign-in is over. */
  async end(refreshToken: string, { allOfUser = false } = {}): Promise<void> {
    const userId = await this.#inTransaction(async () => {
      const token = await this.tokens.lock(digest(refreshToken));
      const signIn = token && (await this.#liveSignInOf(token));
      if (!signIn) return undefined;
      await this.signIns.end([signIn.id]);
      if (allOfUser) await this.#endAll(signIn.user.id);
      return signIn.user.id;
    });
    // Not for each stranger's text, because the next request then reads the database.
    if (userId === undefined) return;
    this.ended.forget();
    this.security.record('sign-out', { userId });
  }

  /** The live sign-ins of a user, at most 100; the last used one first. */
  list(userId: number): Promise<SignInRow[]> {
    return this.signIns.findLive(userId, now());
  }

  /** @throws SessionNotFound when the user has no such sign-in */
  async endOne(userId: number, signInId: string): Promise<void> {
    const isOwn = await this.#inTransaction(async () => {
      const signIn = await this.signIns.lock(signInId);
      if (signIn?.user.id !== userId) return false;
      await this.signIns.end([signInId]);
      return true;
    });
    if (!isOwn) throw new SessionNotFound();
    this.ended.forget();
    this.security.record('sign-out', { userId });
  }

  /** Ends all sign-ins of a user; their access tokens are refused within 15 seconds. Not for use inside a transaction. */
  async endSessionsOf(userId: number, exceptSignInId: string | null = null): Promise<void> {
    await this.#inTransaction(() => this.#endAll(userId, exceptSignInId));
    this.ended.forget();
    this.security.record('sign-out', { userId });
  }

  async #endAll(userId: number, exceptSignInId: string | null = null): Promise<void> {
    const live = await this.signIns.findLive(userId, now());
    await this.signIns.end(live.map(({ id }) => id).filter((id) => id !== exceptSignInId));
  }

  /** The sign-in of a token, locked; null when it is over. */
  async #liveSignInOf(token: RefreshToken): Promise<SignIn | null> {
    const signIn = await this.signIns.lock(token.family);
    if (signIn) return signIn.endedAt === null && signIn.endsAt > now() ? signIn : null;
    if (token.expiresAt <= now()) return null;
    // A process of the version before issued this token during the upgrade.
    const started = { startedAt: now(), lastUsedAt: now(), endsAt: token.expiresAt, rotations: 0 };
    const adopted = this.signIns.add({
      id: token.family,
      user: token.user,
      kind: 'api',
      client: '',
      hasSecondFactor: false,
      ...started,
    });
    // It must be stored before a statement ends it.
    await this.em.flush();
    return adopted;
  }

  /** @returns the new token; only its hash is stored */
  #addToken(signIn: SignIn, { id, password }: Pick<UserRow, 'id' | 'password'>): string {
    const refreshToken = newToken();
    this.tokens.add({
      tokenHash: digest(refreshToken),
      family: signIn.id,
      user: id,
      passwordMark: digest(password),
      expiresAt: signIn.endsAt,
    });
    return refreshToken;
  }

  #tokensOf(userId: number, { signIn, refreshToken }: { signIn: SignIn; refreshToken: string }): Tokens {
    const refreshExpiresIn = Math.max(1, secondsUntil(signIn.endsAt));
    const expiresIn = Math.min(ACCESS_TOKEN_SECONDS, refreshExpiresIn);
    const { id: signInId, hasSecondFactor } = signIn;
    const accessToken = this.accessTokens.issue(userId, { signInId, hasSecondFactor, expiresIn });
    return { accessToken, expiresIn, refreshToken, refreshExpiresIn };
  }

  #inTransaction<T>(work: () => Promise<T>): Promise<T> {
    return inTransaction(this.em, work, READ_COMMITTED);
  }
}

const timeIn = (seconds: number): string => toDatabaseTime(new Date(Date.now() + seconds * 1_000), '+00:00');
const now = (): string => timeIn(0);
const secondsUntil = (time: string): number =>
  Math.floor((Date.parse(`${time.replace(' ', 'T')}Z`) - Date.now()) / 1_000);
