import { defineEntity, p } from '@mikro-orm/core';

const time = () => p.bigint('number').unsigned(false);

export const SignInFailureSchema = defineEntity({
  name: 'SignInFailure',
  tableName: 'sign_in_failure',
  indexes: [{ name: 'sign_in_failure_expires', properties: ['expiresAt'] }],
  properties: {
    /** SHA-256 of what is counted, so that the table reveals no names and no addresses. */
    id: p.string().columnType('char(43)').collation('utf8mb4_bin').primary(),
    /** At `countedAt`. Since then some of them are forgotten. */
    failures: p.double().$type<number>(),
    /** All times are milliseconds since 1970. */
    countedAt: time(),
    /** The next sign-in is not allowed before. */
    nextAt: time(),
    expiresAt: time(),
  },
});

/** Failed sign-ins of an address, a username, both together, or a device (sign-in-failures.ts). */
export class SignInFailure extends SignInFailureSchema.class {}
SignInFailureSchema.setClass(SignInFailure);
