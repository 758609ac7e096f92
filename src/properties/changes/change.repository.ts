import { Injectable } from '@nestjs/common';
import { CompiledQuery, sql } from 'kysely';
import { prepared } from '../../database/statement-deadline.js';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import type { ChangeKind } from '../model/property-change.entity.js';
import { type FeedState, KEEP_DAYS } from './feed-position.js';

export interface ChangeRow {
  sequence: number;
  property_id: number;
  kind: ChangeKind;
  at: string;
}

const READ_PAGE = prepared(`
  (select sequence, property_id, kind, cast(at as char) as at from property_change where sequence > ? order by sequence limit ?)
  union all select change_sequence, purged_sequence, restored_day, null from search_state where id = 1`);

/** Reads and purges the feed of changes. */
@Injectable()
export class ChangeRepository extends SqlRepository<Tables> {
  /**
   * The next changes by sequence, and the state of the feed in the same snapshot: one statement, with the state in the row
   * without a time. Both servers send its rows as they read them, without a temporary table or a sort.
   */
  async findPage(after: number, limit: number): Promise<{ changes: ChangeRow[]; state: FeedState }> {
    // Texts: mysql2 sends numbers as floating-point numbers, which MySQL refuses as a limit.
    const page = CompiledQuery.raw(READ_PAGE, [String(after), String(limit)]);
    const { rows } = (await this.db.executeQuery(page)) as { rows: ChangeRow[] };
    const state = rows.find(({ at }) => at === null)!;
    return {
      changes: rows.filter((row) => row !== state),
      state: { newest: state.sequence, purged: state.property_id, restoredDay: Number(state.kind) },
    };
  }

  /** The highest sequence that was given out. */
  async findNewest(): Promise<number> {
    const { rows } = await sql<{ newest: number }>`
      select change_sequence as newest from search_state where id = 1`.execute(this.db);
    return rows[0]!.newest;
  }

  /**
   * Deletes withdrawn properties whose time is over, in a READ COMMITTED transaction.
   * @returns how many
   */
  async purge(limit: number): Promise<number> {
    const over = () =>
      this.db
        .selectFrom('property_change')
        .select('sequence')
        .where('kind', '=', 'withdrawn')
        .where('at', '<', sql<string>`current_timestamp(3) - interval ${sql.lit(KEEP_DAYS)} day`)
        .orderBy('at')
        .limit(limit)
        .execute();
    if ((await over()).length === 0) return 0;
    // The lock that each change of the feed holds.
    await sql`select id from search_state for update`.execute(this.db);
    const sequences = (await over()).map(({ sequence }) => sequence);
    if (sequences.length === 0) return 0;
    await this.db.deleteFrom('property_change').where('sequence', 'in', sequences).execute();
    await sql`
      update search_state set purged_sequence = greatest(purged_sequence, ${Math.max(...sequences)})`.execute(
      this.db,
    );
    return sequences.length;
  }
}
