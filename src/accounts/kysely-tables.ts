import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { AccountEmailSchema } from './account-email.entity.js';
import type { RefreshTokenSchema } from './refresh-token.entity.js';
import type { UserSchema } from './user.entity.js';

type Inferred = InferKyselyDB<typeof UserSchema | typeof AccountEmailSchema | typeof RefreshTokenSchema>;

/** The tables of this module for `em.getKysely<Tables>()`: plain rows, as the driver gives them. */
export type Tables = Omit<Inferred, 'account_email'> & {
  // A key that is a one-to-one relation is left out of what is inferred.
  account_email: Inferred['account_email'] & { user_id: number };
};
