import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.entity.js';

const MAX_LENGTH = 254;

export const AccountEmailSchema = defineEntity({
  name: 'AccountEmail',
  tableName: 'account_email',
  properties: {
    user: () =>
      p.oneToOne(User).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    emailKey: p.string().length(MAX_LENGTH).collation('utf8mb4_bin').unique('account_email_key'),
  },
});

/** Who has an email first: `auth_user.email` is not unique, and may hold duplicates from before. */
export class AccountEmail extends AccountEmailSchema.class {}
AccountEmailSchema.setClass(AccountEmail);

/** What an email is compared by: one address in any case and any Unicode form is one. */
export function emailKey(email: string): string {
  return [...email.trim().normalize('NFKC').toLowerCase()].slice(0, MAX_LENGTH).join('');
}
