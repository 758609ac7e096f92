import { createHash, randomBytes } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { Config } from '../config/config.js';
import { isDuplicateKey } from '../database/server-errors.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { TotpActive, TotpCodeRefused, TotpCodeRequired } from './account.errors.js';
import { CallerCache } from './caller-cache.js';
import { SecretBox } from './secret-box.js';
import { TotpRepository } from './totp.repository.js';
import type { UserTotp } from './user-totp.entity.js';

const ISSUER = 'property-service';
const PERIOD_SECONDS = 30;
// The codes before and after the current one are accepted, because clocks differ.
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
const RECOVERY_CODE_BYTES = 10;

/** The second factor of sign-ins: codes by time (RFC 6238), and recovery codes. */
@Injectable()
export class TotpService {
  readonly #logger = new Logger(TotpService.name);

  constructor(
    private readonly em: EntityManager,
    private readonly rows: TotpRepository,
    private readonly box: SecretBox,
    private readonly callers: CallerCache,
    private readonly config: Config,
  ) {}

  /**
   * Creates a secret, which becomes active with its first code. An inactive secret is replaced.
   * @throws TotpActive
   */
  async start({ id, username }: { id: number; username: string }): Promise<{ secret: string; uri: string }> {
    const secret = new Secret({ size: SECRET_BYTES });
    const store = () =>
      this.#write(async () => {
        const row = await this.rows.lock(id);
        if (row?.isActive) throw new TotpActive();
        const sealed = this.box.seal(secret.base32, id);
        if (row) row.secret = sealed;
        else this.rows.add(id, sealed);
      });
    // Another request of the same user may have added the row.
    await store().catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
      return store();
    });
    return { secret: secret.base32, uri: totpOf(secret.base32, username).toString() };
  }

  /**
   * Activates the secret.
   * @returns the recovery codes, which cannot be read again
   * @throws TotpActive
   * @throws TotpCodeRefused for a wrong code, or without a secret
   */
  confirm(id: number, code: string): Promise<string[]> {
    return this.#write(async () => {
      const row = await this.rows.lock(id);
      if (row?.isActive) throw new TotpActive();
      if (!row || !this.#accept(row, id, code)) throw new TotpCodeRefused();
      row.isActive = true;
      const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
      this.rows.addRecoveryCodes(id, codes.map(hashOf));
      return codes;
    });
  }

  /**
   * Checks the second factor of a sign-in. A code, also a recovery code, is accepted once.
   * @returns false when the user has none
   * @throws TotpCodeRequired when the user has a second factor and sent no code
   * @throws TotpCodeRefused
   */
  check(id: number, code: string | null): Promise<boolean> {
    return this.#write(async () => {
      const row = await this.rows.lock(id);
      if (!row?.isActive) return false;
      if (code === null) throw new TotpCodeRequired();
      const isAccepted = this.#accept(row, id, code) || (await this.rows.useRecoveryCode(id, hashOf(code)));
      if (!isAccepted) throw new TotpCodeRefused();
      return true;
    });
  }

  /** Removes the second factor and the recovery codes. */
  async remove(id: number): Promise<boolean> {
    const wasRemoved = await this.#write(() => this.rows.delete(id));
    this.callers.forget(id);
    return wasRemoved;
  }

  /** Encrypts the secrets with the new key, before JWT_SECRET_PREVIOUS is taken away. */
  async encryptAgain(): Promise<void> {
    if (this.config.jwtSecretPrevious === null || !this.config.services.includes('accounts')) return;
    await this.#write(async () => {
      for (const row of await this.rows.all()) {
        const opened = this.box.open(row.secret, row.user.id);
        if (opened?.isOld) row.secret = this.box.seal(opened.secret, row.user.id);
      }
    }).catch((error: unknown) => this.#logger.error(error));
  }

  #accept(row: UserTotp, id: number, code: string): boolean {
    // Not encrypted again here: during a change of keys, this process may still have the old one as the first.
    const secret = this.box.open(row.secret, id)?.secret;
    if (secret === undefined || !/^\d{6}$/.test(code)) return false;
    const now = Date.now();
    const delta = totpOf(secret).validate({ token: code, timestamp: now, window: WINDOW_STEPS });
    if (delta === null) return false;
    const step = Math.floor(now / 1_000 / PERIOD_SECONDS) + delta;
    if (step <= row.lastStep) return false;
    row.lastStep = step;
    return true;
  }

  #write<T>(work: () => Promise<T>): Promise<T> {
    return inTransaction(this.em, work, READ_COMMITTED);
  }
}

// RFC 6238 with the values that all authenticator apps support.
const totpOf = (secret: string, label = ''): TOTP =>
  new TOTP({ issuer: ISSUER, label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS });

/** 80 random bits, as in `k3nd-x5qa-7mzp-2wtr`. */
function newRecoveryCode(): string {
  const text = new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_CODE_BYTES)).buffer }).base32;
  return text.toLowerCase().match(/.{4}/g)!.join('-');
}

// A code is random, so a fast hash without a salt is enough. Case, hyphens and blanks do not matter.
const hashOf = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .digest('hex');
