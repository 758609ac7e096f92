import { OnlineMigration } from './online-migration.js';

const BATCH = 10_000;
// As of this migration: a migration does not change with the code.
const MAX_LIVE_SIGN_INS = 100;

/**
 * Creates the table of sign-ins. Refresh tokens that replaced each other have the id of their sign-in as `family`; existing families
 * get their sign-in here.
 */
export class SignIns extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists sign_in (
      id char(36) not null primary key,
      user_id int not null,
      kind varchar(6) not null,
      client varchar(60) not null,
      started_at datetime not null,
      last_used_at datetime not null,
      ends_at datetime not null,
      ended_at datetime null,
      rotations int not null,
      -- The live sign-ins of a user.
      key sign_in_user (user_id, ended_at, ends_at),
      -- Those that ended a short time ago: their access tokens are refused.
      key sign_in_ended (ended_at),
      -- The purge.
      key sign_in_ends (ends_at),
      constraint sign_in_user_id_foreign foreign key (user_id) references auth_user (id) on delete cascade on update no action
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
    await this.addMissing('refresh_token', {
      // The purge.
      indexes: { refresh_token_expires: 'key refresh_token_expires (expires_at)' },
    });
    await this.#adoptFamilies();
    // Statements that end all sign-ins of a user must stay small.
    await this.write(
      `update sign_in join (
        select id, row_number() over (partition by user_id order by last_used_at desc, id) as place
        from sign_in where ended_at is null
      ) ranked using (id) set ended_at = utc_timestamp() where place > ?`,
      [MAX_LIVE_SIGN_INS],
    );
  }

  // The tokens of these families were issued for 30 days.
  async #adoptFamilies(): Promise<void> {
    const [{ last } = { last: 0 }] = await this.select<{ last: number }>(
      'select coalesce(max(id), 0) as last from refresh_token',
    );
    for (let after = 0; after < last; after += BATCH)
      await this.write(
        `insert into sign_in (id, user_id, kind, client, started_at, last_used_at, ends_at, rotations)
        select family, user_id, 'api', '', min(expires_at) - interval 30 day, max(expires_at) - interval 30 day, max(expires_at), 0
        from refresh_token where id > ? and id <= ? and expires_at > utc_timestamp() group by family, user_id
        on duplicate key update started_at = least(sign_in.started_at, values(started_at)),
          last_used_at = greatest(sign_in.last_used_at, values(last_used_at)), ends_at = greatest(sign_in.ends_at, values(ends_at))`,
        [after, after + BATCH],
      );
  }
}
