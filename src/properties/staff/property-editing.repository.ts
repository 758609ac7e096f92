import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { ListingRepository, type ListingRow } from '../write/listing.repository.js';
import type { ChangeAction } from '../model/property-audit.entity.js';
import { PROPERTY_COLUMNS, type PropertyRow } from '../model/property-row.js';
import { SearchWriter } from '../search-index/search-writer.js';
import type { Tables } from '../model/kysely-tables.js';

/** What can be written of a home by hand. */
export type EditableRow = Omit<ListingRow, 'external_ref' | 'created_at'>;

/** Who did what with a home. */
export interface ChangeRecord {
  property_id: number;
  user_id: number;
  action: ChangeAction;
  changes: object;
}

/** Every statement with which staff change a home, for one transaction that reads what is committed. */
export class PropertyEditingRepository {
  readonly #db: Kysely<Tables>;

  constructor(private readonly em: EntityManager) {
    this.#db = em.getKysely<Tables>();
  }

  /** The row, locked until the transaction ends. */
  lock(id: number): Promise<PropertyRow | undefined> {
    return this.#db
      .selectFrom('property')
      .select(PROPERTY_COLUMNS)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
  }

  /** The row as this transaction has written it. */
  async written(id: number): Promise<PropertyRow> {
    return (await this.lock(id)) as PropertyRow;
  }

  /** @returns its id */
  async insert(row: EditableRow): Promise<number> {
    const { insertId } = await this.#db.insertInto('property').values(row).executeTakeFirstOrThrow();
    return Number(insertId);
  }

  async update(id: number, row: Partial<EditableRow>): Promise<void> {
    await this.#db.updateTable('property').set(row).where('id', '=', id).execute();
  }

  /** The newest date of its history: naive, in the database's zone. */
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

  /** The name of a status, which stays as it is until the transaction ends; undefined when there is none. */
  async shareStatus(id: number): Promise<string | undefined> {
    // For another program that deletes or renames it meanwhile.
    const { rows } = await sql<{ name: string }>`
      select name from status where id = ${id} lock in share mode`.execute(this.#db);
    return rows[0]?.name;
  }

  /** Adds a step to its history; of equal dates the one that is added last is the newest. */
  async appendStatus(propertyId: number, statusId: number, at: string): Promise<void> {
    const store = new ListingRepository(this.em);
    await store.appendHistory([{ property_id: propertyId, status_id: statusId, update_date: at }]);
    await store.refreshCurrentStatus([propertyId]);
  }

  /** Writes down what was done, and what the home is found and counted by. Waits for other writers, so call it last. */
  async record({ changes, ...change }: ChangeRecord): Promise<void> {
    await this.#db
      .insertInto('property_audit')
      .values({ ...change, changes: JSON.stringify(changes), at: sql`current_timestamp(3)` })
      .execute();
    await new SearchWriter(this.em).refresh([change.property_id]);
  }
}
