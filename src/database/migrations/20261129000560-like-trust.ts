import { OnlineMigration } from './online-migration.js';

/** Accounts whose likes do not count in the ranking, and the columns that the ranking needs for them. */
export class LikeTrust extends OnlineMigration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    // No foreign keys: the log of likes, from which these rows are derived, has none either.
    await this.ddl(`create table if not exists account_trust (
      user_id int not null primary key,
      rule varchar(8) character set ascii collate ascii_bin null,
      event_id bigint null,
      decision tinyint(1) null,
      decided_by int null,
      decided_at datetime null,
      applied_to int null,
      -- The accounts whose likes the worker has yet to move.
      key account_trust_pending (applied_to)
    ) ${options}`);
    await this.ddl(`create table if not exists untrusted_like (
      property_id int not null,
      user_id int not null,
      primary key (property_id, user_id),
      -- The likes of an account, when it is trusted again.
      key untrusted_like_user (user_id, property_id)
    ) ${options}`);
    await this.ddl(
      `create table if not exists trust_change (property_id int not null primary key) ${options}`,
    );
    for (const table of ['ranking', 'ranking_past'])
      await this.addMissing(table, { columns: { untrusted: 'int not null default 0' } });
    await this.addMissing('ranking_state', { columns: { judged_to: 'bigint not null default 0' } });
  }
}
