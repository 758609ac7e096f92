import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier, TokenError } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';

/** Lifetime of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 900;
const MAX_VERIFIED_TOKENS = 10_000;
// Fixed, so that a token cannot choose its own algorithm.
const ALGORITHM = 'HS256';
const ISSUER = 'property-service';
const AUDIENCE = 'property-service';
// RFC 9068: the type keeps other tokens signed with the same key from passing as access tokens.
const TYPE = 'at+jwt';

// RFC 8176: how the user signed in.
const WITH_SECOND_FACTOR = 'mfa';

type Sign = (claims: { sub: string; sid?: string; amr?: string[]; exp: number }) => string;
type Verify = (token: string) => { sub: unknown; sid?: unknown; amr?: unknown; exp: number };

/** The claims of an access token that the service reads. */
export interface AccessClaims {
  userId: number;
  /** null in a token of the version before. */
  signInId: string | null;
  /** The sign-in passed a second factor. */
  hasSecondFactor: boolean;
}

/** Issues and verifies access tokens: signed JWTs (RFC 7519) with the user's id as `sub` and the sign-in as `sid`. */
@Injectable()
export class AccessTokens {
  readonly #sign: Sign | null;
  readonly #verifiers: readonly Verify[];
  readonly #verified = new LRUCache<string, AccessClaims & { /** Milliseconds. */ expiresAt: number }>({
    max: MAX_VERIFIED_TOKENS,
  });

  constructor({ jwtSecret, jwtSecretPrevious }: Config) {
    this.#sign = jwtSecret === null ? null : signerOf(jwtSecret);
    this.#verifiers = [jwtSecret, jwtSecretPrevious].filter((key) => key !== null).map(verifierOf);
  }

  /**
   * @param options.expiresIn seconds
   * @throws Error when JWT_SECRET is not set
   */
  issue(
    userId: number,
    {
      signInId,
      hasSecondFactor = false,
      expiresIn = ACCESS_TOKEN_SECONDS,
    }: { signInId?: string; hasSecondFactor?: boolean; expiresIn?: number } = {},
  ): string {
    if (!this.#sign) throw new Error('JWT_SECRET is not set: this process cannot issue access tokens.');
    const exp = Math.floor(Date.now() / 1_000) + expiresIn;
    return this.#sign({
      sub: String(userId),
      ...(signInId !== undefined && { sid: signInId }),
      ...(hasSecondFactor && { amr: [WITH_SECOND_FACTOR] }),
      exp,
    });
  }

  /** @returns its claims; null when the token is invalid or has expired */
  verify(token: string): AccessClaims | null {
    const known = this.#verified.get(token);
    if (known && Date.now() < known.expiresAt) return known;
    for (const verify of this.#verifiers) {
      const verified = claimsOf(token, verify);
      if (!verified) continue;
      const { sub, sid, amr, exp } = verified;
      if (typeof sub !== 'string' || !/^[1-9]\d{0,9}$/.test(sub)) return null;
      const claims = {
        userId: Number(sub),
        signInId: typeof sid === 'string' ? sid : null,
        hasSecondFactor: Array.isArray(amr) && amr.includes(WITH_SECOND_FACTOR),
      };
      this.#verified.set(token, { ...claims, expiresAt: exp * 1_000 });
      return claims;
    }
    return null;
  }
}

function claimsOf(token: string, verify: Verify): ReturnType<Verify> | null {
  try {
    return verify(token);
  } catch (error) {
    if (error instanceof TokenError) return null;
    throw error;
  }
}

const signerOf = (key: string): Sign =>
  createSigner({
    key,
    algorithm: ALGORITHM,
    header: { alg: ALGORITHM, typ: TYPE },
    iss: ISSUER,
    aud: AUDIENCE,
  });

const verifierOf = (key: string): Verify =>
  createVerifier({
    key,
    algorithms: [ALGORITHM],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: TYPE,
    // The verifier does not check the value of an absent claim, so all claims are required.
    requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
  }) as Verify;
