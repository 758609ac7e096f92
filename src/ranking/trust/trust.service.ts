import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { toDatabaseTime, toUtc } from '../../database/time.js';
import { inTransaction } from '../../database/transaction.js';
import { Cursors } from '../../http/cursors.js';
import { ProblemError } from '../../http/problem.js';
import { type AccountTrustRow, TrustRepository } from './trust.repository.js';
import { explainReason } from '../model/trust-reasons.js';
import type { AccountTrustDto, AccountTrustPage, ListTrustInput } from './trust.dto.js';

class AccountNotFound extends ProblemError {
  constructor() {
    super('account-not-found');
  }
}

/** Shows staff which accounts the rules distrust, and lets staff overrule the rules. */
@Injectable()
export class TrustService {
  constructor(
    private readonly em: EntityManager,
    private readonly trust: TrustRepository,
    private readonly cursors: Cursors,
    private readonly config: Config,
  ) {}

  async list({ limit, cursor, ...filter }: ListTrustInput): Promise<AccountTrustPage> {
    const scope = JSON.stringify(['trust', filter.trusted ?? null, filter.propertyId ?? null]);
    const [, before] = cursor === undefined ? [] : this.cursors.decode(scope, cursor);
    const rows = await this.trust.find(filter, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor = last ? this.cursors.encode(scope, [null, last.user_id]) : null;
    return { items: items.map((row) => this.#toDto(row)), page: { limit, nextCursor } };
  }

  /** @throws AccountNotFound */
  decide(userId: number, trusted: boolean, by: number): Promise<AccountTrustDto> {
    return inTransaction(this.em, async () => {
      if (!(await this.trust.isUser(userId))) throw new AccountNotFound();
      await this.trust.decide(userId, trusted, by, toDatabaseTime(new Date(), this.config.database.timezone));
      const [row] = await this.trust.find({ userId }, Number.MAX_SAFE_INTEGER, 1);
      return this.#toDto(row!);
    });
  }

  /** Leaves the likes of the user to the rules again. */
  withdraw(userId: number): Promise<void> {
    return this.trust.withdraw(userId);
  }

  #toDto(row: AccountTrustRow): AccountTrustDto {
    const timeOf = (naive: string | null): string | null => toUtc(naive, this.config.database.timezone);
    return {
      userId: row.user_id,
      trusted: row.untrusted === 0,
      reason: row.rule ?? 'staff',
      explanation:
        row.rule === null && row.decision === 1
          ? 'Staff decided that the likes of the account count.'
          : explainReason(row.rule ?? 'staff', this.config.likeTrust),
      propertyId: row.property_id,
      at: timeOf(row.at),
      decision:
        row.decision === null
          ? null
          : { trusted: row.decision === 1, by: row.decided_by ?? 0, at: timeOf(row.decided_at) ?? '' },
    };
  }
}
