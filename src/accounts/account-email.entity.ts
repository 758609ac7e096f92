import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';
import { User } from './user.entity.js';

const MAX_KEY_LENGTH = 254;

export const AccountEmailSchema = defineEntity({
  name: 'AccountEmail',
  tableName: 'account_email',
  properties: {
    user: () =>
      p.oneToOne(User).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    emailKey: p.string().length(MAX_KEY_LENGTH).collation('utf8mb4_bin').unique('account_email_key'),
    /** Naive, UTC. Null for an email that was never confirmed by a mail. */
    confirmedAt: naiveTime('datetime').nullable(),
  },
});

/** The user who owns an email. `auth_user.email` is not unique: it may hold duplicates of other programs. */
export class AccountEmail extends AccountEmailSchema.class {}
AccountEmailSchema.setClass(AccountEmail);

/** Emails with equal keys are the same email: case and Unicode form do not matter. At most 254 characters. */
export function emailKey(email: string): string {
  return [...email.trim().normalize('NFKC').toLowerCase()].slice(0, MAX_KEY_LENGTH).join('');
}
