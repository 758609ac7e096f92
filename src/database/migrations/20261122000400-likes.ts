import { Migration } from '@mikro-orm/migrations';
import { addMissing } from './add-missing.js';

const DUPLICATE = 1062;
const ATTEMPTS = 5;

/** Likes, as far as they are not there, and the history of all that was ever liked and taken back. */
export class Likes extends Migration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci';
    await this.execute(`create table if not exists property_likes (
      id int not null auto_increment primary key,
      property_id int not null,
      user_id int not null,
      created_at datetime not null default current_timestamp,
      -- One row a pair; counts the likes of a home, too.
      unique key property_likes_pair (property_id, user_id),
      -- The likes of a person, newest first (InnoDB adds the key).
      key property_likes_user (user_id, created_at),
      constraint property_likes_property_id_foreign foreign key (property_id) references property (id) on delete cascade on update no action,
      constraint property_likes_user_id_foreign foreign key (user_id) references auth_user (id) on delete cascade on update no action
    ) ${options}`);
    // Append-only. Times are naive, in the database's zone, as everywhere in the old tables.
    await this.execute(`create table if not exists like_event (
      id bigint not null auto_increment primary key,
      property_id int not null,
      user_id int not null,
      action varchar(7) character set ascii collate ascii_bin not null,
      at datetime not null,
      -- What was done to a home, in time: the ranking counts by day.
      key like_event_property (property_id, at),
      -- What a person did, newest first (InnoDB adds the key).
      key like_event_user (user_id, at),
      constraint like_event_property_id_foreign foreign key (property_id) references property (id) on delete cascade on update no action,
      constraint like_event_user_id_foreign foreign key (user_id) references auth_user (id) on delete cascade on update no action
    ) ${options}`);
    await this.#adopt();
  }

  // A table that was there: its likes become facts, and of duplicates only the oldest row stays.
  async #adopt(): Promise<void> {
    await this.execute(`insert into like_event (property_id, user_id, action, at)
      select l.property_id, l.user_id, 'liked', coalesce(l.created_at, current_timestamp)
      from property_likes l
      where not exists (select 1 from (select 1 from like_event limit 1) facts)
      order by l.created_at, l.id`);
    for (let attempt = 1; ; attempt++) {
      await this.execute(`delete l from property_likes l
        join property_likes older on older.property_id = l.property_id and older.user_id = l.user_id
          and (older.created_at < l.created_at or (older.created_at <=> l.created_at and older.id < l.id)
            or (older.created_at is not null and l.created_at is null))`);
      try {
        await addMissing(this, 'property_likes', {
          columns: {},
          indexes: {
            property_likes_pair: 'unique key property_likes_pair (property_id, user_id)',
            property_likes_user: 'key property_likes_user (user_id, created_at)',
          },
        });
        return;
      } catch (error) {
        // Another program has added one more in between.
        if ((error as { errno?: number }).errno !== DUPLICATE || attempt === ATTEMPTS) throw error;
      }
    }
  }
}
