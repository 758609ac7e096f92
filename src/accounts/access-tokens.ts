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

type Sign = (claims: { sub: string }) => string;
type Verify = (token: string) => { sub: unknown; exp: number };

/** Issues and verifies access tokens: signed JWTs (RFC 7519) with the user's id as `sub`. */
@Injectable()
export class AccessTokens {
  readonly #sign: Sign | null;
  readonly #verifiers: readonly Verify[];
  readonly #verified = new LRUCache<string, { userId: number; /** Milliseconds. */ expiresAt: number }>({
    max: MAX_VERIFIED_TOKENS,
  });

  constructor({ jwtSecret, jwtSecretPrevious }: Config) {
    this.#sign = jwtSecret === null ? null : signerOf(jwtSecret);
    this.#verifiers = [jwtSecret, jwtSecretPrevious].filter((key) => key !== null).map(verifierOf);
  }

  /** @throws Error when JWT_SECRET is not set */
  issue(userId: number): string {
    if (!this.#sign) throw new Error('JWT_SECRET is not set: this process cannot issue access tokens.');
    return this.#sign({ sub: String(userId) });
  }

  /** @returns the user's id; null when the token is invalid or has expired */
  verify(token: string): number | null {
    const known = this.#verified.get(token);
    if (known && Date.now() < known.expiresAt) return known.userId;
    for (const verify of this.#verifiers) {
      const claims = claimsOf(token, verify);
      if (!claims) continue;
      const { sub, exp } = claims;
      if (typeof sub !== 'string' || !/^[1-9]\d{0,9}$/.test(sub)) return null;
      const userId = Number(sub);
      this.#verified.set(token, { userId, expiresAt: exp * 1_000 });
      return userId;
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
    expiresIn: ACCESS_TOKEN_SECONDS * 1_000,
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
