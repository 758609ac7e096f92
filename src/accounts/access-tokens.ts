import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { Config } from '../config/config.js';

/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 900;
// Pinned: a token cannot choose how it is checked.
const ALGORITHM = 'HS256';
const ISSUER = 'property-service';
const AUDIENCE = 'property-service';

/** Signed JWTs (RFC 7519) that name a user for a quarter of an hour. */
@Injectable()
export class AccessTokens {
  readonly #key: KeyObject | null;

  constructor({ jwtSecret }: Config) {
    this.#key = jwtSecret === null ? null : createSecretKey(jwtSecret, 'utf8');
  }

  issue(userId: number): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setSubject(String(userId))
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS} s`)
      .sign(this.#secret());
  }

  /** @returns the user's id; null when it is not a token of ours that is good now */
  async verify(token: string): Promise<number | null> {
    try {
      const { payload } = await jwtVerify(token, this.#secret(), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp', 'iat'],
      });
      return /^[1-9]\d{0,9}$/.test(payload.sub ?? '') ? Number(payload.sub) : null;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  #secret(): KeyObject {
    if (!this.#key) throw new Error('JWT_SECRET is not set: this process signs nobody in.');
    return this.#key;
  }
}
