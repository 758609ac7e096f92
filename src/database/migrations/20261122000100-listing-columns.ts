import { OnlineMigration } from './online-migration.js';

/** New columns of `property`. All are nullable, and all indexes are plain, so that they can be added online. */
export class ListingColumns extends OnlineMigration {
  override async up(): Promise<void> {
    const text = 'character set utf8mb4 collate utf8mb4_unicode_ci';
    await this.addMissing('property', {
      columns: {
        // The character set is explicit, because an old table may be latin1.
        neighbourhood: `varchar(120) ${text} null`,
        property_type: `varchar(16) ${text} null`,
        area: 'decimal(12,2) null',
        bedrooms: 'int null',
        bathrooms: 'int null',
        parking_spots: 'int null',
        stratum: 'int null',
        latitude: 'decimal(9,6) null',
        longitude: 'decimal(9,6) null',
        currency: `char(3) ${text} null`,
        // A binary collation, because ids of other systems may differ only in case.
        external_ref: 'varchar(190) character set utf8mb4 collate utf8mb4_bin null',
        created_at: 'timestamp(3) null',
        updated_at: 'timestamp(3) null',
        current_status_id: 'int null',
        availability: `varchar(9) ${text} null`,
        status_since: 'datetime null',
      },
      indexes: {
        property_external_ref: 'unique key property_external_ref (external_ref)',
        // The legacy sync finds changed properties by this index.
        property_updated_at: 'key property_updated_at (updated_at)',
      },
    });
    // The defaults are added later, because with them existing rows would get the time of the migration.
    if (!(await this.#hasDefault('created_at')))
      await this.alter('property', 'modify column created_at timestamp(3) null default current_timestamp(3)');
    if (!(await this.#hasDefault('updated_at')))
      await this.alter(
        'property',
        'modify column updated_at timestamp(3) null default current_timestamp(3) on update current_timestamp(3)',
      );
  }

  async #hasDefault(column: string): Promise<boolean> {
    const rows = await this.select<{ value: string | null }>(
      `select column_default as value from information_schema.columns
      where table_schema = database() and table_name = 'property' and column_name = ?`,
      [column],
    );
    return /current_timestamp/i.test(rows[0]?.value ?? '');
  }
}
