import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';
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
    /** The id of the sign-in, shared by all tokens that replaced each other since. */
    family: text('char(36)').index('refresh_token_family'),
    user: () =>
      p.manyToOne(User).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    /** SHA-256 of `auth_user.password`, hex. A changed password ends the token. */
    passwordMark: text('char(64)'),
    /** Naive, UTC. */
    expiresAt: naiveTime('datetime').index('refresh_token_expires'),
    usedAt: naiveTime('datetime').nullable(),
  },
});

/** A refresh token for one use. Used tokens stay stored until they expire, so that a second use is detected. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);
