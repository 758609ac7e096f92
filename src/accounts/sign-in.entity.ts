import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';
import { User } from './user.entity.js';

const text = (type: string) => p.string().columnType(type).collation('utf8mb4_bin');

/** How the client keeps its tokens: the program itself, or in cookies of a browser. */
export type SignInKind = 'api' | 'cookie';

export const SignInSchema = defineEntity({
  name: 'SignIn',
  tableName: 'sign_in',
  indexes: [{ name: 'sign_in_user', properties: ['user', 'endedAt', 'endsAt'] }],
  // All times are naive, UTC.
  properties: {
    /** A UUID; also the `family` of its refresh tokens, and `sid` of its access tokens. */
    id: text('char(36)').primary(),
    user: () =>
      p.manyToOne(User).ref().unsigned(false).index(false).updateRule('no action').deleteRule('cascade'),
    kind: text('varchar(6)').$type<SignInKind>(),
    /** A label such as `Firefox on Windows`; '' when it is unknown. */
    client: text('varchar(60)'),
    startedAt: naiveTime('datetime'),
    lastUsedAt: naiveTime('datetime'),
    /** The time after which it is over, however often its tokens were refreshed. */
    endsAt: naiveTime('datetime').index('sign_in_ends'),
    /** The time when it was ended before that. */
    endedAt: naiveTime('datetime').nullable().index('sign_in_ended'),
    /** How often its refresh token was replaced. */
    rotations: p.integer().unsigned(false),
    /** It passed a second factor. */
    hasSecondFactor: p.boolean().fieldName('second_factor').default(false),
  },
});

/** One sign-in of a user: from the password to sign-out. */
export class SignIn extends SignInSchema.class {}
SignInSchema.setClass(SignIn);
