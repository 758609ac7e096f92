import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { ALL_COLUMNS, LIST_COLUMNS, type PropertyRow } from '../model/property-row.js';
import type { Tables } from '../model/kysely-tables.js';

/** A row of `status_history`. */
export interface HistoryRow {
  status_id: number;
  /** Without a zone: in the zone of the database's dates. */
  update_date: string;
}

/** Reads `property`, `status_history` and `status` by id. */
@Injectable()
export class PropertyRepository extends SqlRepository<Tables> {
  /** As constant text: for the most frequent request, building the statement would cost a tenth of its CPU time. */
  async findById(id: number): Promise<PropertyRow | undefined> {
    const { rows } = await sql<PropertyRow>`select ${ALL_COLUMNS} from property p where p.id = ${id}`.execute(
      this.db,
    );
    return rows[0];
  }

  async isVisible(id: number): Promise<boolean> {
    const { rows } = await sql`
      select 1 from property where id = ${id} and availability is not null`.execute(this.db);
    return rows.length > 0;
  }

  /** For lists: with the first photo only. */
  async findVisibleByIds(ids: readonly number[]): Promise<PropertyRow[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<PropertyRow>`
      select ${LIST_COLUMNS} from property p where p.id in (${sql.join(ids)}) and p.availability is not null`.execute(
      this.db,
    );
    return rows;
  }

  /** The status history, newest first. Rows with the same status and date are merged into one. */
  findDistinctHistory(id: number): Promise<HistoryRow[]> {
    return this.db
      .selectFrom('status_history')
      .select(['status_id', 'update_date'])
      .where('property_id', '=', id)
      .groupBy(['status_id', 'update_date'])
      .orderBy('update_date', 'desc')
      .orderBy((eb) => eb.fn.max('status_history.id'), 'desc')
      .execute();
  }

  /** Every row of the status history, by date and id: the last one holds the current status. */
  findFullHistory(id: number): Promise<(HistoryRow & { id: number })[]> {
    return this.db
      .selectFrom('status_history')
      .select(['id', 'status_id', 'update_date'])
      .where('property_id', '=', id)
      .orderBy('update_date')
      .orderBy('id')
      .execute();
  }

  /** Reads outside any transaction: the result is cached, and a transaction may see an old snapshot. */
  async findStatuses(): Promise<{ id: number; name: string; label: string }[]> {
    // The column may allow NULL in old databases.
    const { rows } = await sql<{ id: number; name: string; label: string }>`
      select id, coalesce(name, '') as name, coalesce(label, '') as label from status`.execute(
      this.em.fork().getKysely(),
    );
    return rows;
  }
}
