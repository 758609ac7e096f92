import { Migration } from '@mikro-orm/migrations';
import { addMissing, hasIndex } from './add-missing.js';

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

  // A table that was there: its likes become facts, and of duplicates only the oldest row stays. Rows of homes or people
  // that are gone, where nothing forbade them, are left alone.
  async #adopt(): Promise<void> {
    if (await hasIndex(this, 'property_likes', 'property_likes_pair')) return this.#finish();
    // Without it, finding duplicates would compare each with each.
    await addMissing(this, 'property_likes', {
      columns: {},
      indexes: { property_likes_adopted: 'key property_likes_adopted (property_id, user_id)' },
    });
    for (let attempt = 1; ; attempt++) {
      await this.#recordFacts();
      // Only what is a fact: another program may have added one more in between.
      await this.execute(`delete l from property_likes l
        join property_likes older on older.property_id = l.property_id and older.user_id = l.user_id
          and (${ageOf('older')} < ${ageOf('l')} or (${ageOf('older')} = ${ageOf('l')} and older.id < l.id))
        join like_event e on e.property_id = l.property_id and e.user_id = l.user_id and e.at = ${timeOf('l')}`);
      try {
        await addMissing(this, 'property_likes', {
          columns: {},
          indexes: {
            property_likes_pair: 'unique key property_likes_pair (property_id, user_id)',
            property_likes_user: 'key property_likes_user (user_id, created_at)',
          },
        });
        break;
      } catch (error) {
        if ((error as { errno?: number }).errno !== DUPLICATE || attempt === ATTEMPTS) throw error;
      }
    }
    await this.#finish();
  }

  async #finish(): Promise<void> {
    if (await hasIndex(this, 'property_likes', 'property_likes_adopted'))
      await this.execute('drop index property_likes_adopted on property_likes');
    await this.#recordFacts();
  }

  /** Those that are missing: an interrupted migration goes on. */
  async #recordFacts(): Promise<void> {
    await this.execute(`insert into like_event (property_id, user_id, action, at)
      select l.property_id, l.user_id, 'liked', l.at
      from (select id, property_id, user_id, ${timeOf('likes')} as at from property_likes likes) l
      join property p on p.id = l.property_id
      join auth_user u on u.id = l.user_id
      left join like_event e on e.property_id = l.property_id and e.user_id = l.user_id and e.at = l.at
      where e.id is null
      group by l.property_id, l.user_id, l.at
      order by l.at, min(l.id)`);
  }
}

const knownTime = (row: string): string => `nullif(${row}.created_at, '0000-00-00 00:00:00')`;

/** Of a fact: whole seconds; what has no time is before all others, and no news of today. */
const timeOf = (row: string): string =>
  `cast(coalesce(${knownTime(row)}, '1970-01-02 00:00:00') as datetime)`;

/** Of duplicates, one whose time is known counts as older. */
const ageOf = (row: string): string => `coalesce(${knownTime(row)}, '9999-12-31 23:59:59')`;
