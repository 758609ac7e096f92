import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import { TokenRefused } from './account.errors.js';
import { UserRepository } from './user.repository.js';

// A user who was deactivated, or is staff no more, is so within a minute everywhere.
const MAX_AGE_MS = 30_000;
const MOST = 10_000;

/** Who is asking: a user who may sign in. */
export interface Caller {
  readonly id: number;
  readonly isStaff: boolean;
}

/** The users who ask, remembered for half a minute: every request of theirs needs them. */
@Injectable()
export class CallerCache {
  readonly #callers = new QuickLRU<number, Promise<Caller | null>>({ maxSize: MOST, maxAge: MAX_AGE_MS });

  constructor(private readonly users: UserRepository) {}

  /** @throws TokenRefused when there is no such user, or not an active one */
  async require(id: number): Promise<Caller> {
    const caller = await this.#find(id);
    if (!caller) throw new TokenRefused();
    return caller;
  }

  /** As `require`, without what is remembered. */
  requireNow(id: number): Promise<Caller> {
    this.#callers.delete(id);
    return this.require(id);
  }

  #find(id: number): Promise<Caller | null> {
    const known = this.#callers.get(id);
    if (known) return known;
    const caller = this.#load(id);
    this.#callers.set(id, caller);
    caller.catch(() => this.#callers.delete(id));
    return caller;
  }

  async #load(id: number): Promise<Caller | null> {
    const user = await this.users.findById(id);
    return user?.is_active ? { id, isStaff: Boolean(user.is_staff) } : null;
  }
}
