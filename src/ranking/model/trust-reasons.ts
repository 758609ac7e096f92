import { TRUST_RULES, type TrustLimits, type TrustRule } from './trust-rules.js';

export const TRUST_REASONS = [...TRUST_RULES, 'staff'] as const;
/** Why an account is untrusted: a rule, or a decision of staff. */
export type TrustReason = TrustRule | 'staff';

/** A sentence in English. */
export function explainReason(reason: TrustReason, limits: TrustLimits): string {
  const texts: Record<TrustReason, string> = {
    burst: `At least ${limits.burstLikes} accounts that were less than ${limits.newAccountHours} hours old, or had not confirmed their email, liked the same property within 24 hours.`,
    group: `At least ${limits.groupAccounts} accounts liked mostly the same properties within 72 hours.`,
    pace: `The account liked at least ${limits.likesPerMinute} properties within a minute.`,
    staff: 'Staff decided that the likes of the account do not count.',
  };
  return texts[reason];
}
