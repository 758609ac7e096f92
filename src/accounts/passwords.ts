import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { ProblemError } from '../http/problem.js';

const derive = promisify(pbkdf2);

/** What Django 6.1 writes (docs.djangoproject.com/en/6.1/releases/6.1, django.contrib.auth). */
export const ITERATIONS = 1_500_000;
const MAX_ITERATIONS = 10_000_000;
const KEY_BYTES = 32;
// `algorithm$iterations$salt$hash`, see PBKDF2PasswordHasher in Django.
const DJANGO_HASH = /^pbkdf2_sha256\$(\d{1,8})\$([^$]+)\$([A-Za-z0-9+/]{43}=)$/;
const SALT_BYTES = 16;

// Each takes most of a second of a core on a thread of libuv's four, which file and name lookups need, too.
const AT_ONCE = 2;
const WAITING = 32;
const MOST_WAITING_MS = 6_000;

/** Passwords in Django's format, off the event loop, a few at a time. */
@Injectable()
export class Passwords {
  readonly #limit = pLimit(AT_ONCE);

  /** @returns what Django writes into `auth_user.password` */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES).toString('hex');
    const key = await this.#derive(password, salt, ITERATIONS);
    return `pbkdf2_sha256$${ITERATIONS}$${salt}$${key.toString('base64')}`;
  }

  /**
   * Whether it is the password of `hash`. What is no hash of Django's, or null, has none; finding that out takes as
   * long as finding out that a password is wrong.
   * @throws ProblemError 503 when too many wait, or it has waited too long
   */
  async verify(password: string, hash: string | null): Promise<boolean> {
    const { iterations, salt, key } = parse(hash) ?? { iterations: 0, salt: 'none', key: null };
    const isRight = key !== null && timingSafeEqual(await this.#derive(password, salt, iterations), key);
    const missing = ITERATIONS - iterations;
    if (!isRight && missing > 0) await this.#derive(password, salt, missing);
    return isRight;
  }

  #derive(password: string, salt: string, iterations: number): Promise<Buffer> {
    if (this.#limit.pendingCount >= WAITING) throw new SignInBusy();
    const deadline = performance.now() + MOST_WAITING_MS;
    return this.#limit(() => {
      if (performance.now() > deadline) throw new SignInBusy();
      return derive(password, salt, iterations, KEY_BYTES, 'sha256');
    });
  }
}

class SignInBusy extends ProblemError {
  constructor() {
    super(503, 'sign-in-busy', 'Too many people are signing in right now. Try again in a moment.', {
      headers: { 'retry-after': '5' },
    });
  }
}

/** Whether a password can be compared with it at all. */
export function canVerify(hash: string): boolean {
  return parse(hash) !== null;
}

function parse(hash: string | null): { iterations: number; salt: string; key: Buffer } | null {
  const [, count, salt, key] = DJANGO_HASH.exec(hash ?? '') ?? [];
  const iterations = Number(count);
  if (salt === undefined || key === undefined || iterations < 1 || iterations > MAX_ITERATIONS) return null;
  return { iterations, salt, key: Buffer.from(key, 'base64') };
}
