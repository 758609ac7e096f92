import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { ListingRepository, type ListingRow } from '../write/listing.repository.js';
import type { ChangeAction } from '../model/property-audit.entity.js';
import { PROPERTY_COLUMNS, type PropertyRow } from '../model/property-row.js';
import { SearchWriter } from '../search-index/search-writer.js';
import type { Tables } from '../model/kysely-tables.js';

/** The columns of `property` that staff edit. */
export type EditableRow = Omit<ListingRow, 'external_ref' | 'created_at'>;

/** A change of a property and the user who made it. */
export interface AuditRecord {
  property_id: number;
  user_id: number;
  action: ChangeAction;
  changes: object;
}

/** Writes the changes that staff make to a property. Create one for each READ COMMITTED transaction. */
export class PropertyEditingRepository {
  readonly #db: Kysely<Tables>;

  constructor(private readonly em: EntityManager) {
    this.#db = em.getKysely<Tables>();
  }

  /** Locks the row until the transaction ends. */
  lock(id: number): Promise<PropertyRow | undefined> {
    return this.#db
      .selectFrom('property')
      .select(PROPERTY_COLUMNS)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
  }

  /** The row as this transaction wrote it. */
  async reread(id: number): Promise<PropertyRow> {
    return (await this.lock(id)) as PropertyRow;
  }

  /** @returns the id of the new property */
  async insert(row: EditableRow): Promise<number> {
    const { insertId } = await this.#db.insertInto('property').values(row).executeTakeFirstOrThrow();
    return Number(insertId);
  }

  async update(id: number, row: Partial<EditableRow>): Promise<void> {
    await this.#db.updateTable('property').set(row).where('id', '=', id).execute();
  }

  /** The newest date of the status history, in the zone of the database's dates. */
  async newestDate(id: number): Promise<string | undefined> {
    const row = await this.#db
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
      select name from status where id = ${id} lock in share mode`.execute(this.#db);
    return rows[0]?.name;
  }

  /** Adds a row to the status history; of equal dates, the row that was added last is the newest. */
  async appendStatus(propertyId: number, statusId: number, at: string): Promise<void> {
    const repository = new ListingRepository(this.em);
    await repository.appendHistory([{ property_id: propertyId, status_id: statusId, update_date: at }]);
    await repository.refreshCurrentStatus([propertyId]);
  }

  /** Writes the audit row and updates the search tables. Call it last: it waits for other writers of these tables. */
  async record({ changes, ...change }: AuditRecord): Promise<void> {
    await this.#db
      .insertInto('property_audit')
      .values({ ...change, changes: JSON.stringify(changes), at: sql`current_timestamp(3)` })
      .execute();
    await new SearchWriter(this.em).refresh([change.property_id]);
  }
}
