import { type EntityData, EntityManager, raw, type RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { ListingRepository } from '../write/listing.repository.js';
import { PropertyAudit } from '../model/property-audit.entity.js';
import { Property } from '../model/property.entity.js';
import { PROPERTY_COLUMNS, type PropertyRow } from '../model/property-row.js';
import { StatusHistory } from '../model/status-history.entity.js';
import { SearchWriter } from '../search-index/search-writer.js';
import type { Tables } from '../model/kysely-tables.js';

/** A change of a property and the user who made it. */
export interface AuditRecord extends Pick<PropertyAudit, 'propertyId' | 'userId' | 'action'> {
  changes: object;
}

/**
 * Writes the changes that staff make to a property: entities in a unit of work. The derived data follows in SQL. Call in a READ
 * COMMITTED transaction.
 */
@Injectable()
export class PropertyEditingRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly listings: ListingRepository,
    private readonly search: SearchWriter,
  ) {
    super(em);
  }

  /** Locks the row until the transaction ends, and reads what this transaction has written. */
  lock(id: number): Promise<PropertyRow | undefined> {
    return this.db
      .selectFrom('property')
      .select(PROPERTY_COLUMNS)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
  }

  async create(values: RequiredEntityData<Property>): Promise<Property> {
    const property = this.em.create(Property, values);
    await this.em.flush();
    return property;
  }

  /** Writes the values that differ from the locked row. */
  async update(locked: PropertyRow, values: EntityData<Property>): Promise<void> {
    this.em.assign(this.em.map(Property, locked), values);
    await this.em.flush();
  }

  /** The newest date of the status history, in the zone of the database's dates. */
  async newestDate(id: number): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('status_history')
      .select('update_date')
      .where('property_id', '=', id)
      .orderBy('update_date', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.update_date;
  }

  /**
   * Takes a shared lock on a status, so no other program deletes or renames it before the transaction ends.
   * @returns its name; undefined when it does not exist
   */
  async lockStatus(id: number): Promise<string | undefined> {
    const { rows } = await sql<{ name: string }>`
      select name from status where id = ${id} lock in share mode`.execute(this.db);
    return rows[0]?.name;
  }

  /** Adds a row to the status history; of equal dates, the row that was added last is the newest. */
  async appendStatus(propertyId: number, statusId: number, at: string): Promise<void> {
    this.em.create(StatusHistory, { property: propertyId, status: statusId, updateDate: at });
    await this.em.flush();
  }

  /**
   * Updates the current status and the search tables. Call it last: it waits for other writers of these tables. The status also
   * after a change of another field: another program may have hidden the property, and prices of hidden times are not logged.
   */
  async refresh(id: number): Promise<void> {
    await this.listings.refreshCurrentStatus([id]);
    await this.search.refresh([id], { changed: true });
  }

  /** Writes the audit row, then refreshes. Call it last. */
  async record({ changes, ...change }: AuditRecord): Promise<void> {
    const at = raw<string>('current_timestamp(3)');
    this.em.create(PropertyAudit, { ...change, changes: JSON.stringify(changes), at });
    await this.em.flush();
    await this.refresh(change.propertyId);
  }
}
