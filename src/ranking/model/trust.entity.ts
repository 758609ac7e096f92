import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';
import type { TrustRule } from './trust-rules.js';

// Derived from the log of likes, except for the decisions of staff.
const id = () => p.integer().unsigned(false);
const idInKey = () => id().primary().autoincrement(false);

export const AccountTrustSchema = defineEntity({
  name: 'AccountTrust',
  tableName: 'account_trust',
  indexes: [{ name: 'account_trust_pending', properties: ['appliedTo'] }],
  properties: {
    userId: idInKey(),
    /** The rule that was the first to distrust the account; null when none did. */
    rule: p.string().columnType('varchar(8)').$type<TrustRule>().collation('ascii_bin').nullable(),
    /** The like event that made the rule apply. */
    eventId: p.bigint('number').unsigned(false).nullable(),
    /** The decision of staff; null: the rule decides. */
    decision: p.boolean().columnType('tinyint(1)').nullable(),
    decidedBy: id().nullable(),
    /** Naive, in the database's zone. */
    decidedAt: naiveTime('datetime').nullable(),
    /** The last property whose like was moved to the present state of the account; null when all were. */
    appliedTo: id().nullable(),
  },
});
/** An account that a rule distrusts, or about which staff decided. Other accounts have no row and are trusted. */
export class AccountTrust extends AccountTrustSchema.class {}
AccountTrustSchema.setClass(AccountTrust);

export const UntrustedLikeSchema = defineEntity({
  name: 'UntrustedLike',
  tableName: 'untrusted_like',
  indexes: [{ name: 'untrusted_like_user', properties: ['userId', 'propertyId'] }],
  properties: { propertyId: idInKey(), userId: idInKey() },
});
/** A property that an untrusted account has liked, even if it unliked it since. */
export class UntrustedLike extends UntrustedLikeSchema.class {}
UntrustedLikeSchema.setClass(UntrustedLike);

export const TrustChangeSchema = defineEntity({
  name: 'TrustChange',
  tableName: 'trust_change',
  properties: { propertyId: idInKey() },
});
/** A property to recompute, because an account that liked it is trusted no more, or again. */
export class TrustChange extends TrustChangeSchema.class {}
TrustChangeSchema.setClass(TrustChange);
