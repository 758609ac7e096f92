import { OnlineMigration } from './online-migration.js';

/** Counters of failed sign-ins. */
export class SignIn extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists sign_in_failure (
      id char(43) not null primary key,
      failures double not null,
      counted_at bigint not null,
      next_at bigint not null,
      expires_at bigint not null,
      -- Finds the rows to delete.
      key sign_in_failure_expires (expires_at)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
  }
}
