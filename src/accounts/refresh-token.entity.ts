import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.entity.js';

const text = (type: string) => p.string().columnType(type).collation('utf8mb4_bin');

export const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_token',
  indexes: [{ name: 'refresh_token_user', properties: ['user', 'expiresAt'] }],
  properties: {
    id: p.bigint('number').unsigned(false).primary().autoincrement(),
    /** SHA-256, hex. */
    tokenHash: text('char(64)').unique('refresh_token_hash'),
    /** All that came from one sign-in, each from the one before. */
    family: text('char(36)').index('refresh_token_family'),
    user: () =>
      p.manyToOne(User).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    /** A hash of the password's hash: another password ends the token. */
    passwordMark: text('char(64)'),
    /** Naive, UTC. */
    expiresAt: p.string().columnType('datetime'),
    usedAt: p.string().columnType('datetime').nullable(),
  },
});

/** A refresh token, good for one use. Used ones stay until they expire, so that a second use is seen. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);
