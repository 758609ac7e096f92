import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { inTransaction } from '../database/transaction.js';
import { emailKey } from './account-email.entity.js';
import { UserRepository } from './user.repository.js';

const BATCH_SIZE = 1_000;
// Ids are assigned before the commit, so a user may appear below the last claimed id.
const LOOK_BACK_IDS = 1_000;

/** Gives the emails of users whom other programs added to these users. */
@Injectable()
export class EmailClaims {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
  ) {}

  // A Django site adds users to `auth_user` and knows nothing of `account_email`.
  async claimOfOtherPrograms(): Promise<void> {
    let after = (await this.users.findLastClaimed()) - LOOK_BACK_IDS;
    for (let users; !users || users.length === BATCH_SIZE; after = users.at(-1)?.id ?? after) {
      users = await this.users.findUnclaimed(after, BATCH_SIZE);
      const claims = users.map(({ id, email }) => ({ user_id: id, email_key: emailKey(email) }));
      // In a transaction, because inTransaction() retries on another connection when a failover made the server read-only.
      if (claims.length > 0) await inTransaction(this.em, () => this.users.claimFree(claims));
    }
  }
}
