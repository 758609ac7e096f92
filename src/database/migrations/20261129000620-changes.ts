import { OnlineMigration } from './online-migration.js';

/**
 * The feed of changes, with the properties that are public now. Their sequence is their id: so an interrupted fill can go on, and
 * needs no lock.
 */
export class Changes extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists property_change (
      sequence bigint not null primary key,
      property_id int not null,
      kind varchar(9) not null,
      at datetime(3) not null,
      published_sequence bigint not null,
      unique key property_change_property (property_id),
      -- What is new in a saved search.
      key property_change_published (published_sequence, property_id),
      -- The withdrawn ones to purge.
      key property_change_kind (kind, at)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
    await this.addMissing('search_state', {
      columns: {
        change_sequence: 'bigint not null default 0',
        purged_sequence: 'bigint not null default 0',
      },
    });
    // Later sequences are above all ids.
    await this
      .write(`update search_state set change_sequence = (select coalesce(max(property_id), 0) from property_search)
      where change_sequence = 0`);
    await this.writeInRanges(
      `insert ignore into property_change (sequence, property_id, kind, at, published_sequence)
      select property_id, property_id, 'published', current_timestamp(3), property_id from property_search
      where property_id > ? and property_id <= ? and availability is not null
        and property_id <= (select change_sequence from search_state)`,
    );
  }
}
