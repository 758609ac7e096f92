import { Injectable } from '@nestjs/common';
import { type Insertable, type Selectable, sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { Tables } from './kysely-tables.js';

export type FailureRow = Selectable<Tables['sign_in_failure']>;
const MAX_EXPIRED_ROWS = 100;

/** Queries of `sign_in_failure`. */
@Injectable()
export class SignInFailureRepository extends SqlRepository<Tables> {
  /** Ids of rows that have not expired. */
  async findKnown(ids: readonly string[], now: number): Promise<Set<string>> {
    const rows = await this.db
      .selectFrom('sign_in_failure')
      .select('id')
      .where('id', 'in', ids)
      .where('expires_at', '>', now)
      .execute();
    return new Set(rows.map(({ id }) => id));
  }

  /** Locks the rows until the transaction ends, and creates the missing ones. All callers lock in the order of the ids. */
  async lock(ids: readonly string[], now: number): Promise<FailureRow[]> {
    const rows = ids
      .toSorted()
      .map((id) => ({ id, failures: 0, counted_at: now, next_at: now, expires_at: now }));
    await this.db
      .insertInto('sign_in_failure')
      .values(rows)
      .onDuplicateKeyUpdate({ id: sql`id` })
      .execute();
    return this.db.selectFrom('sign_in_failure').selectAll().where('id', 'in', ids).forUpdate().execute();
  }

  async update({ id, ...values }: FailureRow): Promise<void> {
    await this.db.updateTable('sign_in_failure').set(values).where('id', '=', id).execute();
  }

  async put(row: Insertable<Tables['sign_in_failure']>): Promise<void> {
    const { id: _, ...values } = row;
    await this.db.insertInto('sign_in_failure').values(row).onDuplicateKeyUpdate(values).execute();
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.db.deleteFrom('sign_in_failure').where('id', 'in', ids).execute();
  }

  /** Takes back one failure of each. */
  async forgive(ids: readonly string[], now: number): Promise<void> {
    await this.db
      .updateTable('sign_in_failure')
      .set({ failures: sql`greatest(failures - 1, 0)`, next_at: now })
      .where('id', 'in', ids)
      .execute();
  }

  /** Deletes some expired rows, unless they were counted again in the meantime. */
  async deleteExpired(now: number): Promise<void> {
    const rows = await this.db
      .selectFrom('sign_in_failure')
      .select('id')
      .where('expires_at', '<', now)
      .orderBy('expires_at')
      .limit(MAX_EXPIRED_ROWS)
      .execute();
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id).toSorted();
    await this.db
      .deleteFrom('sign_in_failure')
      .where('id', 'in', ids)
      .where('expires_at', '<', now)
      .execute();
  }
}
