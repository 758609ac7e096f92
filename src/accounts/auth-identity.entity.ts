import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.entity.js';

const text = (type: string) => p.string().columnType(type).collation('utf8mb4_bin');

export const AuthIdentitySchema = defineEntity({
  name: 'AuthIdentity',
  tableName: 'auth_identity',
  properties: {
    /** SHA-256 of issuer and subject: both together are too long for an index. */
    id: text('char(43)').primary(),
    issuer: text('varchar(255)'),
    subject: text('varchar(255)'),
    user: () =>
      p
        .manyToOne(User)
        .ref()
        .unsigned(false)
        .index('auth_identity_user')
        .updateRule('no action')
        .deleteRule('cascade'),
  },
});

/** The user whom an outside identity provider knows as `subject`. */
export class AuthIdentity extends AuthIdentitySchema.class {}
AuthIdentitySchema.setClass(AuthIdentity);
