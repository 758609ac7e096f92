import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { callerOf, currentRequest } from '../http/caller.js';
import { FairQueue } from '../http/fair-queue.js';
import { ProblemError } from '../http/problem.js';

const derive = promisify(pbkdf2);

/** PBKDF2 iterations of Django 6.1 (docs.djangoproject.com/en/6.1/releases/6.1, django.contrib.auth). */
export const ITERATIONS = 1_500_000;
export const MAX_ITERATIONS = 10_000_000;
const KEY_BYTES = 32;
// `algorithm$iterations$salt$hash`, see PBKDF2PasswordHasher in Django.
const DJANGO_HASH = /^pbkdf2_sha256\$(\d{1,8})\$([^$]+)\$([A-Za-z0-9+/]{43}=)$/;
const SALT_BYTES = 16;

// A derivation keeps one of libuv's four threads busy for most of a second. Files and DNS lookups need these threads too.
const SIGN_INS = { running: 2, runningPerCaller: 2, waiting: 32, waitingPerCaller: 32, waitMs: 6_000 };
const REGISTRATIONS = { running: 1, runningPerCaller: 1, waiting: 8, waitingPerCaller: 8, waitMs: 6_000 };

interface Verification {
  /** The iterations that every refusal costs, at least those of a new hash. */
  iterations?: number;
  /** Aborted when the caller has gone away. */
  signal?: AbortSignal;
}

/** Hashes and verifies passwords in Django's format, off the event loop. Registrations do not delay sign-ins. */
@Injectable()
export class Passwords {
  readonly #signIns = new FairQueue(SIGN_INS, () => new SignInBusy());
  readonly #registrations = new FairQueue(REGISTRATIONS, () => new SignInBusy());

  /**
   * @returns a value for `auth_user.password`
   * @throws ProblemError 503 when too many wait, or it has waited too long
   */
  async hash(password: string, signal?: AbortSignal): Promise<string> {
    const salt = randomBytes(SALT_BYTES).toString('hex');
    const key = await this.#registrations.run(
      callerOf(currentRequest()),
      () => keyOf(password, salt, ITERATIONS),
      signal,
    );
    return `pbkdf2_sha256$${ITERATIONS}$${salt}$${key.toString('base64')}`;
  }

  /**
   * True when `hash` was made from `password`. Null, and any text that is not a Django hash, match no password. Each refusal costs
   * the same iterations and one place in the queue, so that the time does not reveal which users exist.
   * @throws ProblemError 503 when too many wait, or it has waited too long
   */
  verify(
    password: string,
    hash: string | null,
    { iterations: all = ITERATIONS, signal }: Verification = {},
  ): Promise<boolean> {
    const { iterations, salt, key } = parse(hash) ?? { iterations: 0, salt: 'none', key: null };
    return this.#signIns.run(
      callerOf(currentRequest()),
      async () => {
        if (key !== null && timingSafeEqual(await keyOf(password, salt, iterations), key)) return true;
        const missing = Math.max(all, ITERATIONS) - iterations;
        if (missing > 0) await keyOf(password, salt, missing);
        return false;
      },
      signal,
    );
  }
}

const keyOf = (password: string, salt: string, iterations: number): Promise<Buffer> =>
  derive(password, salt, iterations, KEY_BYTES, 'sha256');

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
