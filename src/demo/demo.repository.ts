import { Injectable } from '@nestjs/common';
import { type Insertable, sql } from 'kysely';
import type { Tables as AccountTables } from '../accounts/kysely-tables.js';
import { chunk } from '../background/batch-runner.js';
import { SqlRepository } from '../database/sql-repository.js';
import type { Tables as LikeTables } from '../likes/kysely-tables.js';

type Tables = AccountTables & LikeTables;

const INSERT_BATCH_SIZE = 1_000;

/** SQL of the demo data, which is inserted in large batches. */
@Injectable()
export class DemoRepository extends SqlRepository<Tables> {
  async isEmpty(table: 'auth_user' | 'property' | 'property_likes' | 'like_event'): Promise<boolean> {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(this.db);
    return rows.length === 0;
  }

  /** The users with these names, by id. */
  findUsers(usernames: readonly string[]): Promise<{ id: number; username: string; email: string }[]> {
    return this.db
      .selectFrom('auth_user')
      .select(['id', 'username', 'email'])
      .where('username', 'in', usernames)
      .orderBy('id')
      .execute();
  }

  /** The visible properties, newest status first. */
  async findVisibleProperties(): Promise<{ id: number; since: string | null }[]> {
    const { rows } = await sql<{ id: number; since: string | null }>`
      select id, status_since as since from property where availability is not null
      order by status_since desc, id desc`.execute(this.db);
    return rows;
  }

  async insert<Table extends keyof Tables>(
    table: Table,
    rows: readonly Insertable<Tables[Table]>[],
  ): Promise<void> {
    for (const batch of chunk(rows, INSERT_BATCH_SIZE))
      await this.db.insertInto(table).values(batch).execute();
  }
}
