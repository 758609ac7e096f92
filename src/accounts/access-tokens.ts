import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier, TokenError } from 'fast-jwt';
import { Config } from '../config/config.js';

/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 900;
// Pinned: a token can not choose how it is checked.
const ALGORITHM = 'HS256';
const ISSUER = 'property-service';
const AUDIENCE = 'property-service';
// RFC 9068: no other token that the same key signs is taken for an access token.
const TYPE = 'at+jwt';

interface Keys {
  sign: (claims: { sub: string }) => string;
  verify: (token: string) => { sub: unknown };
}

/** Signed JWTs (RFC 7519) that name a user for a quarter of an hour. */
@Injectable()
export class AccessTokens {
  readonly #keys: Keys | null;

  constructor({ jwtSecret: key }: Config) {
    this.#keys = key === null ? null : keysOf(key);
  }

  issue(userId: number): string {
    return this.#required().sign({ sub: String(userId) });
  }

  /** @returns the user's id; null when it is not a token of ours that is good now */
  verify(token: string): number | null {
    try {
      const { sub } = this.#required().verify(token);
      return typeof sub === 'string' && /^[1-9]\d{0,9}$/.test(sub) ? Number(sub) : null;
    } catch (error) {
      if (error instanceof TokenError) return null;
      throw error;
    }
  }

  #required(): Keys {
    if (!this.#keys) throw new Error('JWT_SECRET is not set: this process signs nobody in.');
    return this.#keys;
  }
}

function keysOf(key: string): Keys {
  return {
    sign: createSigner({
      key,
      algorithm: ALGORITHM,
      header: { alg: ALGORITHM, typ: TYPE },
      iss: ISSUER,
      aud: AUDIENCE,
      expiresIn: ACCESS_TOKEN_SECONDS * 1_000,
    }),
    verify: createVerifier({
      key,
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      checkTyp: TYPE,
      // Of a claim that is absent, the verifier checks nothing else.
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
    }) as Keys['verify'],
  };
}
