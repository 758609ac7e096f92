import { OnlineMigration } from './online-migration.js';

const BATCH = 10_000;

// The key of an email as of this migration: a migration does not change with the code.
const emailKey = (email: string): string =>
  [...email.trim().normalize('NFKC').toLowerCase()].slice(0, 254).join('');

/** Creates Django's table of users when it is missing, and the tables for emails and refresh tokens. */
export class Accounts extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists auth_user (
      id int not null auto_increment primary key,
      password varchar(128) not null,
      last_login datetime(6) null,
      is_superuser tinyint(1) not null,
      username varchar(150) not null,
      first_name varchar(150) not null,
      last_name varchar(150) not null,
      email varchar(254) not null,
      is_staff tinyint(1) not null,
      is_active tinyint(1) not null,
      date_joined datetime(6) not null,
      unique key username (username)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci`);
    const ofUser = (name: string): string =>
      `constraint ${name} foreign key (user_id) references auth_user (id) on delete cascade on update no action`;
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    // auth_user.email has no unique key and may hold duplicates. Here each email belongs to its oldest user.
    await this.ddl(`create table if not exists account_email (
      user_id int not null primary key,
      email_key varchar(254) not null,
      unique key account_email_key (email_key),
      ${ofUser('account_email_user_id_foreign')}
    ) ${options}`);
    await this.ddl(`create table if not exists refresh_token (
      id bigint not null auto_increment primary key,
      -- SHA-256 in hex, so that a reader of the table cannot use the tokens.
      token_hash char(64) not null,
      family char(36) not null,
      user_id int not null,
      password_mark char(64) not null,
      expires_at datetime not null,
      used_at datetime null,
      unique key refresh_token_hash (token_hash),
      -- Finds a whole family.
      key refresh_token_family (family),
      key refresh_token_user (user_id, expires_at),
      ${ofUser('refresh_token_user_id_foreign')}
    ) ${options}`);
    await this.#takeEmails();
  }

  async #takeEmails(): Promise<void> {
    for (let after = 0; ;) {
      const users = await this.select<{ id: number; email: string }>(
        'select id, email from auth_user where id > ? order by id limit ?',
        [after, BATCH],
      );
      const rows = users
        .filter(({ email }) => email.trim() !== '')
        .flatMap(({ id, email }) => [id, emailKey(email)]);
      if (rows.length > 0) {
        const values = Array.from({ length: rows.length / 2 }, () => '(?, ?)').join(', ');
        await this.write(`insert ignore into account_email (user_id, email_key) values ${values}`, rows);
      }
      if (users.length < BATCH) return;
      after = users.at(-1)!.id;
    }
  }
}
