import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { FailingSteps } from '../../background/failing-steps.js';
import { Purge } from '../../background/purge.js';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { ChangeRepository } from './change.repository.js';

/** Deletes withdrawn properties from the feed after 90 days. */
@Injectable()
export class ChangePurge extends Purge {
  constructor(
    private readonly em: EntityManager,
    private readonly changes: ChangeRepository,
    failingSteps: FailingSteps,
  ) {
    super('change-purge', failingSteps);
  }

  protected async deleteBatch(limit: number): Promise<boolean> {
    return (await inTransaction(this.em, () => this.changes.purge(limit), READ_COMMITTED)) === limit;
  }
}
