import { Migration } from '@mikro-orm/migrations';
import { addMissing } from './add-missing.js';

/** What a listing has beyond the old columns. Nullable columns and plain indexes only: they go in online. */
export class ListingColumns extends Migration {
  override async up(): Promise<void> {
    const text = 'character set utf8mb4 collate utf8mb4_unicode_ci';
    await addMissing(this, 'property', {
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
        updated_at: 'timestamp(3) null default current_timestamp(3) on update current_timestamp(3)',
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
    // Only now: with the default from the start, rows that were there would claim to have been created today.
    await this.execute(
      'alter table property modify column created_at timestamp(3) null default current_timestamp(3)',
    );
  }
}
