import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.entity.js';

const text = (type: string) => p.string().columnType(type).collation('utf8mb4_bin');

export const UserTotpSchema = defineEntity({
  name: 'UserTotp',
  tableName: 'user_totp',
  properties: {
    user: () =>
      p.oneToOne(User).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    /** Encrypted (secret-box.ts). */
    secret: text('varchar(255)'),
    /** False until a first code has shown that the user has stored the secret. */
    isActive: p.boolean().columnType('tinyint(1)'),
    /** The 30-second step of the last code: a code is accepted once. */
    lastStep: p.bigint('number').unsigned(false),
  },
});

/** The second factor of a user: codes by time (TOTP, RFC 6238). */
export class UserTotp extends UserTotpSchema.class {}
UserTotpSchema.setClass(UserTotp);

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    /** SHA-256, hex. */
    codeHash: text('char(64)').primary(),
    user: () =>
      p
        .manyToOne(User)
        .ref()
        .unsigned(false)
        .index('recovery_code_user')
        .updateRule('no action')
        .deleteRule('cascade'),
  },
});

/** A code that replaces one TOTP code. It is deleted when it is used. */
export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode);
