import { OnlineMigration } from './online-migration.js';

// Open transactions may still commit rows with ids below the highest one. The sync begins this many ids below it.
const IN_FLIGHT = 1_000;

/** Tables for the legacy sync, and for the audit of staff changes. */
export class CatchUpTables extends OnlineMigration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    await this.addMissing('property_search', {
      columns: {
        // The `updated_at` of the property version that the row was derived from. A different value there is an unseen change.
        seen_at: 'timestamp(3) null',
      },
    });
    await this.ddl(`create table if not exists catch_up_state (
      id int not null primary key,
      status_history_id bigint not null,
      like_id bigint not null,
      changed_to timestamp(3) null,
      swept_to int not null,
      swept_city varchar(64) not null
    ) ${options}`);
    // Created before any data is derived, so the sync reads every later change.
    await this.write(
      `insert ignore into catch_up_state (id, status_history_id, like_id, changed_to, swept_to, swept_city)
      select 1,
        greatest(0, coalesce((select max(id) from status_history), 0) - ${IN_FLIGHT}),
        greatest(0, coalesce((select max(id) from property_likes), 0) - ${IN_FLIGHT}),
        current_timestamp(3), 0, ''`,
    );
    // The audit log of staff changes. It has no foreign keys, so it outlives users and properties.
    await this.ddl(`create table if not exists property_audit (
      id bigint not null auto_increment primary key,
      at datetime(3) not null,
      user_id int not null,
      property_id int not null,
      action varchar(16) character set ascii collate ascii_bin not null,
      changes mediumtext not null,
      -- The changes of a property in time order.
      key property_audit_property (property_id, id)
    ) ${options}`);
  }
}
