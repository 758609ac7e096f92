import { LockMode } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { SqlRepository } from '../database/sql-repository.js';
import type { Tables } from './kysely-tables.js';
import { RecoveryCode, UserTotp } from './user-totp.entity.js';

/** Entities of `user_totp` and `recovery_code`. Call inside a transaction, which flushes them at its end. */
@Injectable()
export class TotpRepository extends SqlRepository<Tables> {
  /** Locked until the transaction ends, so that a code is accepted once. */
  lock(userId: number): Promise<UserTotp | null> {
    return this.em.findOne(UserTotp, { user: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  async isActive(userId: number): Promise<boolean> {
    const row = await this.db
      .selectFrom('user_totp')
      .select('is_active')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return Boolean(row?.is_active);
  }

  add(userId: number, secret: string): void {
    this.em.create(UserTotp, { user: userId, secret, isActive: false, lastStep: 0 });
  }

  all(): Promise<UserTotp[]> {
    return this.em.find(UserTotp, {}, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  addRecoveryCodes(userId: number, hashes: readonly string[]): void {
    for (const codeHash of hashes) this.em.create(RecoveryCode, { codeHash, user: userId });
  }

  /** @returns false when the user has no such code */
  async useRecoveryCode(userId: number, codeHash: string): Promise<boolean> {
    return (await this.em.nativeDelete(RecoveryCode, { codeHash, user: userId })) === 1;
  }

  /** @returns false when the user had no second factor */
  async delete(userId: number): Promise<boolean> {
    await this.em.nativeDelete(RecoveryCode, { user: userId });
    return (await this.em.nativeDelete(UserTotp, { user: userId })) === 1;
  }
}
