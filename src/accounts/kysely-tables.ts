import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { AccountEmailSchema } from './account-email.entity.js';
import type { AuthIdentitySchema } from './auth-identity.entity.js';
import type { RefreshTokenSchema } from './refresh-token.entity.js';
import type { SignInSchema } from './sign-in.entity.js';
import type { SignInFailureSchema } from './sign-in-failure.entity.js';
import type { UserTotpSchema } from './user-totp.entity.js';
import type { UserSchema } from './user.entity.js';

type Inferred = InferKyselyDB<
  | typeof UserSchema
  | typeof AccountEmailSchema
  | typeof RefreshTokenSchema
  | typeof SignInSchema
  | typeof SignInFailureSchema
  | typeof AuthIdentitySchema
  | typeof UserTotpSchema
>;

/** Row types of this module's tables for `em.getKysely<Tables>()`. Dates are naive text. */
export type Tables = Omit<Inferred, 'account_email' | 'user_totp'> & {
  // The inferred types lack a primary key that is a one-to-one relation.
  account_email: Inferred['account_email'] & { user_id: number };
  user_totp: Inferred['user_totp'] & { user_id: number };
};
