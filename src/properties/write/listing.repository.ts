import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { upsert } from '../../database/upsert.js';
import { newestStatuses } from '../model/newest-status.js';
import { PUBLIC_STATUSES } from '../model/status.js';
import type { Tables } from '../model/kysely-tables.js';

type OtherColumn = 'id' | 'updated_at' | 'current_status_id' | 'availability' | 'status_since';

/**
 * The columns of `property` that come from a listing. Without `created_at`, the database sets the time of the insert; without `photos`,
 * the stored photos stay.
 */
export type ListingRow = Omit<
  Selectable<Tables['property']>,
  OtherColumn | 'external_ref' | 'created_at' | 'photos'
> & {
  external_ref: string;
  created_at?: string;
  photos?: string | null;
};

/** A row to add to `status_history`. */
export interface NewHistoryRow {
  property_id: number;
  status_id: number;
  /** Without a zone: in the zone of the database's dates. */
  update_date: string;
}

/** Writes `property` and `status_history` for imports and for derived data. Create one for each transaction. */
@Injectable()
export class ListingRepository extends SqlRepository<Tables> {
  /** The stored rows by reference, locked until the transaction ends. */
  async lockByExternalRef(refs: readonly string[]): Promise<Map<string, ListingRow>> {
    const rows = await this.db
      .selectFrom('property')
      .selectAll()
      .where('external_ref', 'in', refs)
      .orderBy('id')
      .forUpdate()
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row as unknown as ListingRow]));
  }

  async idsByExternalRef(refs: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.db
      .selectFrom('property')
      .select(['id', 'external_ref'])
      .where('external_ref', 'in', refs)
      .execute();
    return new Map(rows.map((row) => [row.external_ref as string, row.id]));
  }

  /** Inserts new references and overwrites stored ones. Two programs that write the same reference both succeed. */
  async upsert(rows: readonly ListingRow[]): Promise<void> {
    // A later listing does not change the creation time.
    await upsert(this.db, 'property', rows, ['created_at']);
  }

  /** @returns the rows of `rows` at whose time the stored history has another status, or none */
  async missingHistory<Row extends NewHistoryRow>(rows: readonly Row[]): Promise<Row[]> {
    if (rows.length === 0) return [];
    const stored = await this.db
      .selectFrom('status_history')
      .select(['property_id', 'status_id', 'update_date'])
      .where('property_id', 'in', [...new Set(rows.map((row) => row.property_id))])
      .orderBy('update_date')
      .orderBy('id')
      .execute();
    const histories = Map.groupBy(stored, ({ property_id: id }) => id);
    return rows.filter((row) => {
      const earlier = (histories.get(row.property_id) ?? []).filter(
        ({ update_date: date }) => date <= row.update_date,
      );
      const isStored = earlier.some(
        ({ update_date: date, status_id: status }) => date === row.update_date && status === row.status_id,
      );
      return !isStored && earlier.at(-1)?.status_id !== row.status_id;
    });
  }

  async appendHistory(rows: readonly NewHistoryRow[]): Promise<void> {
    await this.db
      .insertInto('status_history')
      .values(
        rows.map(({ property_id, status_id, update_date }) => ({ property_id, status_id, update_date })),
      )
      .execute();
  }

  /** The next ids above `after`, ascending. */
  async findIds(after: number, limit: number): Promise<number[]> {
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Locks the properties that exist among `ids`, and returns their ids. */
  async lock(ids: readonly number[]): Promise<number[]> {
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Locks the properties that no other transaction has locked (SKIP LOCKED), and returns their ids. */
  async lockSkipLocked(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.db
      .selectFrom('property')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .skipLocked()
      .execute();
    return rows.map(({ id }) => id);
  }

  /** @returns the ids that exist */
  async findExisting(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.db.selectFrom('property').select('id').where('id', 'in', ids).execute();
    return rows.map(({ id }) => id);
  }

  /**
   * Writes the current status of properties; nothing else writes it. See newestStatuses(). Without a row there is none. A status that `status`
   * lacks is hidden. If other transactions may append history, the caller must have locked the properties.
   * @returns how many properties changed
   */
  async refreshCurrentStatus(ids: readonly number[]): Promise<number> {
    const availabilityCases = Object.entries(PUBLIC_STATUSES).map(
      ([name, value]) => sql`when ${sql.lit(name)} then ${sql.lit(value)}`,
    );
    // Two statements: a single UPDATE with a join would wait for uncommitted rows of other programs.
    const { rows } = await sql<{ id: number; status: number; availability: string | null; since: string }>`
      select newest.property_id as id, newest.status_id as status, newest.update_date as since,
        case status.name ${sql.join(availabilityCases, sql` `)} end as availability
      from ${newestStatuses(ids)} newest left join status on status.id = newest.status_id`.execute(this.db);
    const newest = new Map(rows.map((row) => [row.id, row]));
    const values = ids.map((id) => {
      const { status = null, availability: value = null, since = null } = newest.get(id) ?? {};
      return [id, status, value, since];
    });
    // Without the forced index MySQL reads all of a small table, and waits for rows that others have locked.
    const { numChangedRows } = await sql`
      update json_table(${JSON.stringify(values)}, '$[*]' columns (
        id int path '$[0]', status int path '$[1]', availability varchar(9) path '$[2]', since varchar(19) path '$[3]'
      )) given straight_join property force index (primary) on property.id = given.id
      set property.current_status_id = given.status,
        property.status_since = given.since,
        property.availability = given.availability`.execute(this.db);
    return Number(numChangedRows ?? 0);
  }
}
