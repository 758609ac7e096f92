import { OnlineMigration } from './online-migration.js';

/** The searches that users save, and up to which change each user has seen their new properties. */
export class SavedSearches extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists saved_search (
      id bigint not null auto_increment primary key,
      user_id int not null,
      name varchar(100) character set utf8mb4 collate utf8mb4_unicode_ci not null,
      query text character set ascii collate ascii_bin not null,
      query_key char(43) character set ascii collate ascii_bin not null,
      created_at datetime(3) not null,
      seen_at datetime(3) not null,
      seen_sequence bigint not null,
      -- The searches of a user; two equal queries of a user are one.
      unique key saved_search_query (user_id, query_key)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
  }
}
