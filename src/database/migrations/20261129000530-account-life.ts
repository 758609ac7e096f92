import { OnlineMigration } from './online-migration.js';

/** Adds what accounts need beside a sign-in: one-time tokens, queued mails, consent, erasures, and who confirmed an email. */
export class AccountLife extends OnlineMigration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    const ofUser = (name: string): string =>
      `constraint ${name} foreign key (user_id) references auth_user (id) on delete cascade on update no action`;
    // One row per user and purpose. Without a hash, the token waits for its mail. Times of these tables are UTC.
    await this.ddl(`create table if not exists account_token (
      user_id int not null,
      purpose varchar(16) not null,
      -- SHA-256 in hex, so that a reader of the table cannot use the tokens.
      token_hash char(64) null,
      -- SHA-256 in hex of the password's hash or of the email: another password or email ends the token.
      mark char(64) null,
      -- The email to confirm, as the user wrote it. auth_user has no email until then.
      email varchar(254) null,
      expires_at datetime null,
      primary key (user_id, purpose),
      unique key account_token_hash (token_hash),
      ${ofUser('account_token_user_id_foreign')}
    ) ${options}`);
    // One row per kind and subject, which bounds the mails that strangers can cause. A token is made when its mail is sent.
    await this.ddl(`create table if not exists account_mail (
      id bigint not null auto_increment primary key,
      kind varchar(16) not null,
      subject varchar(254) not null,
      attempts int not null default 0,
      due_at datetime not null,
      unique key account_mail_subject (kind, subject),
      -- The next mail to send.
      key account_mail_due (due_at)
    ) ${options}`);
    await this.ddl(`create table if not exists account_consent (
      user_id int not null,
      policy_version varchar(40) not null,
      given_at datetime not null,
      primary key (user_id, policy_version),
      ${ofUser('account_consent_user_id_foreign')}
    ) ${options}`);
    // Without a foreign key: an erasure goes on when another program has deleted the user.
    await this.ddl(`create table if not exists account_erasure (
      user_id int not null primary key,
      -- Replaces the user's id in like_event: negative, so it belongs to nobody.
      pseudonym int not null,
      requested_at datetime not null
    ) ${options}`);
    await this.addMissing('account_email', { columns: { confirmed_at: 'datetime null' } });
    // The changes of one staff user, for their export.
    await this.addMissing('property_audit', {
      indexes: { property_audit_user: 'key property_audit_user (user_id, id)' },
    });
  }
}
