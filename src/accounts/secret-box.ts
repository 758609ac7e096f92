import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface Opened {
  secret: string;
  /** Whether it is encrypted with the previous key, and should be encrypted again. */
  isOld: boolean;
}

/** Encrypts small secrets in the database with a key that is derived from JWT_SECRET. JWT_SECRET_PREVIOUS decrypts, too. */
@Injectable()
export class SecretBox {
  readonly #keys: readonly Buffer[];

  constructor({ jwtSecret, jwtSecretPrevious }: Config) {
    this.#keys = [jwtSecret, jwtSecretPrevious]
      .filter((key) => key !== null)
      .map((key) => Buffer.from(hkdfSync('sha256', key, '', 'secrets of second factors', 32)));
  }

  /** @param owner who the secret belongs to: the text cannot be opened for another owner */
  seal(secret: string, owner: number): string {
    const [key] = this.#keys;
    if (!key) throw new Error('JWT_SECRET is not set: this process cannot encrypt.');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(String(owner)));
    const content = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64url');
  }

  /** @returns null when no key of this process opens it */
  open(sealed: string, owner: number): Opened | null {
    const bytes = Buffer.from(sealed, 'base64url');
    const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
    for (const [i, key] of this.#keys.entries()) {
      try {
        const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(String(owner))).setAuthTag(tag);
        const content = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return { secret: Buffer.concat([content, decipher.final()]).toString('utf8'), isOld: i > 0 };
      } catch {
        // Another key may open it.
      }
    }
    return null;
  }
}
