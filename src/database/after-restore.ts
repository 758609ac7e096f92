import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from './sql-repository.js';
import { inTransaction } from './transaction.js';

/** More versions, sequences and ids than any lost time has given out. */
const LOST_NUMBERS = 1_000_000_000;
const LOST_IDS = 1_000_000;
const DAY_MS = 86_400_000;

/** After a restore from a backup, numbers that were given out in the lost time would be given out again. This goes past them. */
@Injectable()
export class AfterRestore extends SqlRepository {
  /** Needs the account of `migrate`. Running it twice does no harm. */
  async run(now = Date.now()): Promise<void> {
    await inTransaction(this.em, async () => {
      // Followers of the feed of changes start again, also those that are behind the restored sequence.
      await sql`
        update search_state set version = version + ${LOST_NUMBERS}, change_sequence = change_sequence + ${LOST_NUMBERS},
          purged_sequence = change_sequence, restored_day = ${Math.floor(now / DAY_MS)}`.execute(this.db);
      await sql`
        update ranking_state set version = version + ${LOST_NUMBERS}, written_version = written_version + ${LOST_NUMBERS}`.execute(
        this.db,
      );
    });
    for (const table of ['auth_user', 'property']) {
      const { rows } = await sql<{ last: number }>`
        select coalesce(max(id), 0) as last from ${sql.table(table)}`.execute(this.db);
      await sql`
        alter table ${sql.table(table)} auto_increment = ${sql.lit(Number(rows[0]!.last) + LOST_IDS)}`.execute(
        this.db,
      );
    }
  }
}
