import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { NO_DATE, toUtc } from '../../database/time.js';
import { withoutPlace } from '../../http/admission.js';
import type { ChangesPage, ListChangesInput } from '../dto/changes.dto.js';
import { ChangeRepository } from './change.repository.js';
import { ChangeWaiters } from './change-waiters.js';
import { checkPosition, nextPosition, readPosition } from './feed-position.js';

/** The feed of changes. */
@Injectable()
export class ChangesService {
  constructor(
    private readonly changes: ChangeRepository,
    private readonly waiters: ChangeWaiters,
    private readonly config: Config,
  ) {}

  /**
   * @throws ChangesGone (410) when withdrawals after `after` may have been purged
   * @throws ChangesBusy (503) when too many callers wait
   */
  async listChanges({ after, limit, wait }: ListChangesInput): Promise<ChangesPage> {
    const position = readPosition(after);
    // One row more than `limit` tells whether there is a next page.
    const read = () => this.changes.findPage(position.sequence, limit + 1);
    let { changes, state } = await read();
    checkPosition(position, state);
    if (changes.length === 0 && wait > 0) {
      await withoutPlace(() => this.waiters.wait(state.newest, wait * 1_000));
      ({ changes, state } = await read());
      checkPosition(position, state);
    }
    const more = changes.length > limit;
    const items = changes.slice(0, limit);
    return {
      items: items.map((row) => ({
        sequence: row.sequence,
        propertyId: row.property_id,
        change: row.kind,
        at: toUtc(row.at, this.config.database.timezone) ?? NO_DATE,
      })),
      page: {
        limit,
        next: nextPosition(more ? items.at(-1)!.sequence : state.newest, position, state),
        more,
      },
    };
  }
}
