import { OnlineMigration } from './online-migration.js';

const OPTIONS = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
const ofUser = (name: string): string =>
  `constraint ${name} foreign key (user_id) references auth_user (id) on delete cascade on update no action`;

/** Counters of failed sign-ins, users of an outside identity provider, and second factors. */
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
    ) ${OPTIONS}`);
    await this.ddl(`create table if not exists auth_identity (
      -- SHA-256 of issuer and subject, which are too long for an index.
      id char(43) not null primary key,
      issuer varchar(255) not null,
      subject varchar(255) not null,
      user_id int not null,
      -- Finds the identities of a user who is deleted.
      key auth_identity_user (user_id),
      ${ofUser('auth_identity_user_id_foreign')}
    ) ${OPTIONS}`);
    await this.ddl(`create table if not exists user_totp (
      user_id int not null primary key,
      secret varchar(255) not null,
      is_active tinyint(1) not null,
      last_step bigint not null,
      ${ofUser('user_totp_user_id_foreign')}
    ) ${OPTIONS}`);
    await this.ddl(`create table if not exists recovery_code (
      -- SHA-256 in hex.
      code_hash char(64) not null primary key,
      user_id int not null,
      -- Finds the codes of a user.
      key recovery_code_user (user_id),
      ${ofUser('recovery_code_user_id_foreign')}
    ) ${OPTIONS}`);
  }
}
