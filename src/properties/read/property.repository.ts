import { EntityRepository } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { PROPERTY_COLUMNS, type PropertyRow } from '../model/property-row.js';
import type { Property } from '../model/property.entity.js';
import type { Tables } from '../model/kysely-tables.js';

/** A step of a property's history. */
export interface HistoryRow {
  status_id: number;
  update_date: string;
}

/** Every query that reads `property` and its history, by id. */
export class PropertyRepository extends EntityRepository<Property> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  findById(id: number): Promise<PropertyRow | undefined> {
    return this.#db.selectFrom('property').select(PROPERTY_COLUMNS).where('id', '=', id).executeTakeFirst();
  }

  findVisible(id: number): Promise<PropertyRow | undefined> {
    return this.#db
      .selectFrom('property')
      .select(PROPERTY_COLUMNS)
      .where('property.id', '=', id)
      .where('property.availability', 'is not', null)
      .executeTakeFirst();
  }

  async isVisible(id: number): Promise<boolean> {
    const { rows } = await sql`select 1 from property where id = ${id} and availability is not null`.execute(
      this.#db,
    );
    return rows.length > 0;
  }

  async findVisibleByIds(ids: readonly number[]): Promise<PropertyRow[]> {
    if (ids.length === 0) return [];
    return this.#db
      .selectFrom('property')
      .select(PROPERTY_COLUMNS)
      .where('id', 'in', ids)
      .where('availability', 'is not', null)
      .execute();
  }

  /** Every step of its history, newest first; exact repeats are one. */
  findHistory(id: number): Promise<HistoryRow[]> {
    return this.#db
      .selectFrom('status_history')
      .select(['status_id', 'update_date'])
      .where('property_id', '=', id)
      .groupBy(['status_id', 'update_date'])
      .orderBy('update_date', 'desc')
      .orderBy((eb) => eb.fn.max('status_history.id'), 'desc')
      .execute();
  }

  /** Every row of the history, in the order in which they decide: the last one is the current status. */
  findWholeHistory(id: number): Promise<(HistoryRow & { id: number })[]> {
    return this.#db
      .selectFrom('status_history')
      .select(['id', 'status_id', 'update_date'])
      .where('property_id', '=', id)
      .orderBy('update_date')
      .orderBy('id')
      .execute();
  }

  async findStatuses(): Promise<{ id: number; name: string; label: string }[]> {
    // An old table may allow a null.
    const { rows } = await sql<{ id: number; name: string; label: string }>`
      select id, coalesce(name, '') as name, coalesce(label, '') as label from status`.execute(this.#db);
    return rows;
  }
}
