import { Injectable } from '@nestjs/common';
import { LoadCache } from '../cache/load-cache.js';
import { TokenRefused } from './account.errors.js';
import { TotpRepository } from './totp.repository.js';
import { UserRepository } from './user.repository.js';

// After this time every process sees that a user was deactivated or is no longer staff.
const MAX_AGE_MS = 30_000;
const MAX_CALLERS = 10_000;

/** The active user who sends a request. */
export interface Caller {
  readonly id: number;
  readonly isStaff: boolean;
  /** Staff by their account, but without the second factor that STAFF_TOTP requires. */
  readonly lacksSecondFactor?: boolean;
}

interface KnownCaller extends Caller {
  readonly hasTotp: boolean;
}

/** Loads the caller of a request, and keeps it for 30 seconds: each request with a token needs its caller. */
@Injectable()
export class CallerCache {
  readonly #callers = new LoadCache<number, KnownCaller | null>({ maxSize: MAX_CALLERS, maxAge: MAX_AGE_MS });

  constructor(
    private readonly users: UserRepository,
    private readonly totp: TotpRepository,
  ) {}

  /** @throws TokenRefused when the user does not exist or is inactive */
  async require(id: number): Promise<KnownCaller> {
    const caller = await this.#callers.get(id, () => this.#load(id));
    if (!caller) throw new TokenRefused();
    return caller;
  }

  /** As `require`, but always reads the database. */
  requireUncached(id: number): Promise<KnownCaller> {
    this.#callers.delete(id);
    return this.require(id);
  }

  /** Call when the user was deactivated or lost the second factor. Other processes see it within 30 seconds. */
  forget(id: number): void {
    this.#callers.delete(id);
  }

  async #load(id: number): Promise<KnownCaller | null> {
    const user = await this.users.findById(id);
    if (!user?.is_active) return null;
    const isStaff = Boolean(user.is_staff);
    return { id, isStaff, hasTotp: isStaff && (await this.totp.isActive(id)) };
  }
}
