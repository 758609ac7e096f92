import { OnlineMigration } from './online-migration.js';

/** What a listing has beyond the old columns. Nullable columns and plain indexes only: they go in online. */
export class ListingColumns extends OnlineMigration {
  override async up(): Promise<void> {
    const text = 'character set utf8mb4 collate utf8mb4_unicode_ci';
    await this.addMissing('property', {
      columns: {
        // Named, because an old table is latin1 and could not hold everything.
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
        // Byte by byte: other systems' ids may differ in case only.
        external_ref: 'varchar(190) character set utf8mb4 collate utf8mb4_bin null',
        created_at: 'timestamp(3) null',
        updated_at: 'timestamp(3) null',
        current_status_id: 'int null',
        availability: `varchar(9) ${text} null`,
        status_since: 'datetime null',
      },
      indexes: {
        property_external_ref: 'unique key property_external_ref (external_ref)',
        // Any program's change is found by its time.
        property_updated_at: 'key property_updated_at (updated_at)',
      },
    });
    // Only now: with their defaults from the start, rows that were there would claim to be of today.
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
