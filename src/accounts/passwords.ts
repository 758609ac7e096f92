import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { ProblemError } from '../http/problem.js';

const derive = promisify(pbkdf2);

/** PBKDF2 iterations of Django 6.1 (docs.djangoproject.com/en/6.1/releases/6.1, django.contrib.auth). */
export const ITERATIONS = 1_500_000;
const MAX_ITERATIONS = 10_000_000;
const KEY_BYTES = 32;
// `algorithm$iterations$salt$hash`, see PBKDF2PasswordHasher in Django.
const DJANGO_HASH = /^pbkdf2_sha256\$(\d{1,8})\$([^$]+)\$([A-Za-z0-9+/]{43}=)$/;
const SALT_BYTES = 16;

// A derivation keeps one of libuv's four threads busy for most of a second. Files and DNS lookups need these threads too.
const MAX_CONCURRENT = 2;
const MAX_QUEUED = 32;
const MAX_QUEUE_MS = 6_000;

/** Hashes and verifies passwords in Django's format, off the event loop, two at a time. */
@Injectable()
export class Passwords {
  readonly #limit = pLimit(MAX_CONCURRENT);

  /**
   * @returns a value for `auth_user.password`
   * @throws ProblemError 503 when too many wait, or it has waited too long
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES).toString('hex');
    const key = await this.#derive(password, salt, ITERATIONS);
    return `pbkdf2_sha256$${ITERATIONS}$${salt}$${key.toString('base64')}`;
  }

  /**
   * True when `hash` was made from `password`. Null, and any text that is not a Django hash, match no password; that answer takes
   * as long as the answer for a wrong password, so that the time does not reveal which users exist.
   * @throws ProblemError 503 when too many wait, or it has waited too long
   */
  async verify(password: string, hash: string | null): Promise<boolean> {
    const { iterations, salt, key } = parse(hash) ?? { iterations: 0, salt: 'none', key: null };
    const isMatch = key !== null && timingSafeEqual(await this.#derive(password, salt, iterations), key);
    const missing = ITERATIONS - iterations;
    if (!isMatch && missing > 0) await this.#derive(password, salt, missing);
    return isMatch;
  }

  #derive(password: string, salt: string, iterations: number): Promise<Buffer> {
    if (this.#limit.pendingCount >= MAX_QUEUED) throw new SignInBusy();
    const deadline = performance.now() + MAX_QUEUE_MS;
    return this.#limit(() => {
      if (performance.now() > deadline) throw new SignInBusy();
      return derive(password, salt, iterations, KEY_BYTES, 'sha256');
    });
  }
}

class SignInBusy extends ProblemError {
  constructor() {
    super('sign-in-busy');
  }
}

/** True when `hash` is a Django hash that `verify` can check. */
export function canVerify(hash: string): boolean {
  return parse(hash) !== null;
}

function parse(hash: string | null): { iterations: number; salt: string; key: Buffer } | null {
  const [, count, salt, key] = DJANGO_HASH.exec(hash ?? '') ?? [];
  const iterations = Number(count);
  if (salt === undefined || key === undefined || iterations < 1 || iterations > MAX_ITERATIONS) return null;
  return { iterations, salt, key: Buffer.from(key, 'base64') };
}
