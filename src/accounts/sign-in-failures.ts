import { createHash } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { networkOf } from '../http/caller.js';
import { problemFor } from '../http/problem.js';
import { nameKey } from './name-key.js';
import { type FailureRow, SignInFailureRepository } from './sign-in-failure.repository.js';

const MINUTE_MS = 60_000;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
const KNOWN_ADDRESS_MS = 30 * 24 * 60 * MINUTE_MS;
// A stranger needs several addresses to delay a user at an unknown address.
const NAME_FACTOR = 5;

/** After `free` failures the delay begins at one second and doubles with each failure. */
interface Policy {
  free: number;
  /** One failure is forgotten after this time. */
  forgetMs: number;
  maxDelayMs: number;
}

/** The username of a sign-in, and the place that it comes from. */
export interface SignInOrigin {
  username: string;
  address: string;
  /** Id of a device on which this user has signed in before; null when it is unknown. */
  device: string | null;
}

/** A sign-in that is counted as failed until it says something else. */
export interface SignInAttempt {
  succeeded(): Promise<void>;
  /** Neither succeeded nor failed: it was not examined. */
  withdrawn(): Promise<void>;
}

/**
 * Delays sign-ins after failures (ADR 7). They are counted by username and address, by address, and by username alone unless this
 * user has signed in from the address before. On a device of the user, only the failures on that device count.
 * The database holds the counters: all processes share them, and strangers cannot push them out of a memory.
 */
@Injectable()
export class SignInFailures {
  readonly #policies: Readonly<Record<'address' | 'pair' | 'name', Policy>> | null;

  constructor(
    private readonly em: EntityManager,
    private readonly rows: SignInFailureRepository,
    { rateLimitSignInPerMinute: free }: Config,
  ) {
    const slow = { forgetMs: QUARTER_HOUR_MS, maxDelayMs: QUARTER_HOUR_MS };
    this.#policies =
      free === 0
        ? null
        : {
            address: { free, forgetMs: MINUTE_MS / free, maxDelayMs: MINUTE_MS },
            pair: { free, ...slow },
            name: { free: free * NAME_FACTOR, ...slow },
          };
  }

  /**
   * Counts a failure. It is counted before the password is examined, so that many sign-ins at once cannot pass the limit.
   * @throws ProblemError 429 with `Retry-After` when a delay has not ended
   */
  async begin(origin: SignInOrigin): Promise<SignInAttempt> {
    const policies = this.#policies;
    if (!policies) return { succeeded: async () => {}, withdrawn: async () => {} };
    const now = Date.now();
    const { own, shared, known } = idsOf(origin);
    const isKnown = own === shared.pair && (await this.rows.findKnown([known], now)).has(known);
    const counted = new Map([[own, policies.pair]]);
    if (own === shared.pair) counted.set(shared.address, policies.address);
    if (own === shared.pair && !isKnown) counted.set(shared.name, policies.name);
    const ids = [...counted.keys()];
    await inTransaction(
      this.em,
      async () => {
        const rows = await this.rows.lock(ids, now);
        // A row without a delay was counted by a sign-in at the same time, whose clock may be ahead.
        const delayed = rows.filter((row) => row.next_at > row.counted_at);
        const waitMs = Math.max(0, ...delayed.map((row) => row.next_at - now));
        if (waitMs > 0) throw tooMany(waitMs);
        for (const row of rows) await this.rows.update(withFailure(row, counted.get(row.id)!, now));
      },
      READ_COMMITTED,
    );
    const others = ids.filter((id) => id !== own);
    return {
      succeeded: () =>
        this.#write(async () => {
          await this.rows.delete([own]);
          if (others.length > 0) await this.rows.forgive(others, now);
          if (own === shared.pair)
            await this.rows.put({
              id: known,
              failures: 0,
              counted_at: now,
              next_at: now,
              expires_at: now + KNOWN_ADDRESS_MS,
            });
          await this.rows.deleteExpired(now);
        }),
      withdrawn: () => this.#write(() => this.rows.forgive(ids, now)),
    };
  }

  #write(work: () => Promise<void>): Promise<void> {
    return inTransaction(this.em, work, READ_COMMITTED);
  }
}

function withFailure(row: FailureRow, { free, forgetMs, maxDelayMs }: Policy, now: number): FailureRow {
  const failures = Math.max(0, row.failures - (now - row.counted_at) / forgetMs) + 1;
  const excess = Math.ceil(failures) - free;
  const delayMs = excess < 0 ? 0 : Math.min(1_000 * 2 ** excess, maxDelayMs);
  return {
    id: row.id,
    failures,
    counted_at: now,
    next_at: now + delayMs,
    expires_at: Math.ceil(now + failures * forgetMs),
  };
}

const tooMany = (waitMs: number) =>
  problemFor(429, { headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } });

/** The ids of the counters: `own` is the device, else username and address. */
function idsOf({ username, address, device }: SignInOrigin) {
  const name = nameKey(username);
  const network = networkOf(address);
  const shared = {
    pair: digest('pair', network, name),
    address: digest('address', network),
    name: digest('name', name),
  };
  const own = device === null ? shared.pair : digest('device', device, name);
  return { own, shared, known: digest('known', network, name) };
}

const digest = (...parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
