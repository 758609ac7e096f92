import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { all } from '../../properties/search/filter-sql.js';
import type { Tables } from '../model/kysely-tables.js';
import type { TrustRule } from '../model/trust-rules.js';
import type { TrustReason } from '../model/trust-reasons.js';
import { IS_UNTRUSTED } from '../worker/trust-marks.js';

export interface AccountTrustRow {
  user_id: number;
  rule: TrustRule | null;
  untrusted: number;
  decision: number | null;
  decided_by: number | null;
  decided_at: string | null;
  /** The property and the time of the like event that made the rule apply. */
  property_id: number | null;
  at: string | null;
}
interface TrustFilter {
  userId?: number;
  trusted?: boolean;
  propertyId?: number;
}

/** Reads and writes `account_trust` for staff. Times are naive, in the database's zone. */
@Injectable()
export class TrustRepository extends SqlRepository<Tables> {
  /** Accounts that a rule or staff named, the highest id first. */
  async find(
    { userId, trusted, propertyId }: TrustFilter,
    before: number,
    limit: number,
  ): Promise<AccountTrustRow[]> {
    const conditions = [sql`a.user_id < ${before}`];
    if (userId !== undefined) conditions.push(sql`a.user_id = ${userId}`);
    if (trusted !== undefined) conditions.push(sql`${IS_UNTRUSTED} = ${trusted ? 0 : 1}`);
    if (propertyId !== undefined)
      conditions.push(
        sql`exists (select 1 from untrusted_like u where u.property_id = ${propertyId} and u.user_id = a.user_id)`,
      );
    const { rows } = await sql<AccountTrustRow>`
      select a.user_id, a.rule, ${IS_UNTRUSTED} as untrusted, a.decision, a.decided_by, a.decided_at, e.property_id, e.at
      from account_trust a left join like_event e on e.id = a.event_id
      where ${all(conditions)} and (a.rule is not null or a.decision is not null)
      order by a.user_id desc limit ${limit}`.execute(this.db);
    return rows;
  }

  /** The likes of a property that do not count, by the reason. */
  async countReasons(propertyId: number): Promise<{ reason: TrustReason; likes: number }[]> {
    const { rows } = await sql<{ reason: TrustReason; likes: number }>`
      select if(a.decision = 0, 'staff', a.rule) as reason, count(*) as likes
      from untrusted_like u
      straight_join property_likes l force index (property_likes_pair)
        on l.property_id = u.property_id and l.user_id = u.user_id
      straight_join account_trust a on a.user_id = u.user_id
      where u.property_id = ${propertyId} and ${IS_UNTRUSTED}
      group by reason order by likes desc, reason`.execute(this.db);
    return rows;
  }

  async isUser(userId: number): Promise<boolean> {
    const { rows } = await sql`select 1 from auth_user where id = ${userId}`.execute(this.db);
    return rows.length > 0;
  }

  /** The worker then moves the likes of the account. */
  async decide(userId: number, trusted: boolean, by: number, at: string): Promise<void> {
    await sql`
      insert into account_trust (user_id, decision, decided_by, decided_at, applied_to)
      values (${userId}, ${trusted}, ${by}, ${at}, 0)
      on duplicate key update decision = values(decision), decided_by = values(decided_by),
        decided_at = values(decided_at), applied_to = 0`.execute(this.db);
  }

  async withdraw(userId: number): Promise<void> {
    await sql`
      update account_trust set decision = null, decided_by = null, decided_at = null, applied_to = 0
      where user_id = ${userId} and decision is not null`.execute(this.db);
  }
}
