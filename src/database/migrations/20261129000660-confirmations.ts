import { OnlineMigration } from './online-migration.js';

/** When the users who were asked to confirm their email did so: the trust rules judge a like by the state at its time. */
export class Confirmations extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists account_confirmation (
      user_id int not null primary key,
      -- UTC. Null until the user confirms the email.
      confirmed_at datetime null,
      constraint account_confirmation_user_id_foreign foreign key (user_id) references auth_user (id)
        on delete cascade on update no action
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
    // These users have been asked and have not confirmed yet.
    await this.write(
      "insert ignore into account_confirmation (user_id) select user_id from account_token where purpose = 'confirm-email'",
    );
  }
}
