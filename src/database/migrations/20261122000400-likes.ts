import { isDuplicateKey } from '../server-errors.js';
import { OnlineMigration } from './online-migration.js';

const ATTEMPTS = 5;
// Rows per statement, which bounds how long other transactions wait for its locks.
const BATCH = 5_000;
const PAIRS = 500;

/** Creates or adopts the table of likes, and creates the log of likes and unlikes. */
export class Likes extends OnlineMigration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci';
    await this.ddl(`create table if not exists property_likes (
      id int not null auto_increment primary key,
      property_id int not null,
      user_id int not null,
      created_at datetime not null default current_timestamp,
      -- One row per pair. Also counts the likes of a property.
      unique key property_likes_pair (property_id, user_id),
      -- The likes of a user, newest first (InnoDB appends the id).
      key property_likes_user (user_id, created_at),
      constraint property_likes_property_id_foreign foreign key (property_id) references property (id) on delete cascade on update no action,
      constraint property_likes_user_id_foreign foreign key (user_id) references auth_user (id) on delete cascade on update no action
    ) ${options}`);
    // Append-only. Times are naive, in the database's zone, as in the old tables.
    await this.ddl(`create table if not exists like_event (
      id bigint not null auto_increment primary key,
      property_id int not null,
      user_id int not null,
      action varchar(7) character set ascii collate ascii_bin not null,
      at datetime not null,
      -- The likes and unlikes of a property in time order.
      key like_event_property (property_id, at),
      -- The likes and unlikes of a user, newest first (InnoDB appends the id).
      key like_event_user (user_id, at),
      constraint like_event_property_id_foreign foreign key (property_id) references property (id) on delete cascade on update no action,
      constraint like_event_user_id_foreign foreign key (user_id) references auth_user (id) on delete cascade on update no action
    ) ${options}`);
    if (!(await this.hasIndex('property_likes', 'property_likes_pair'))) await this.#adopt();
    await this.addMissing('property_likes', {
      indexes: { property_likes_user: 'key property_likes_user (user_id, created_at)' },
    });
    await this.dropIndex('property_likes', 'property_likes_adopted');
    await this.#recordFacts();
  }

  // Adopts an existing table: records a like event for each like, and deletes all but the oldest row of each pair. Rows of deleted
  // properties or users, which a table without foreign keys may have, stay when they are unique.
  async #adopt(): Promise<void> {
    // Without this index the search for duplicates would compare each row with every other row.
    await this.addMissing('property_likes', {
      indexes: { property_likes_adopted: 'key property_likes_adopted (property_id, user_id)' },
    });
    for (let attempt = 1; ; attempt++) {
      await this.#recordFacts();
      await this.#removeDuplicates();
      try {
        await this.addMissing('property_likes', {
          indexes: { property_likes_pair: 'unique key property_likes_pair (property_id, user_id)' },
        });
        return;
      } catch (error) {
        // Another program has added a duplicate meanwhile.
        if (!isDuplicateKey(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Inserts the missing like events. */
  async #recordFacts(): Promise<void> {
    for (let from = 0, to: number | undefined; ; from = to) {
      const [last] = await this.select<{ id: number | null }>(
        'select max(id) as id from (select id from property_likes where id > ? order by id limit ?) batch',
        [from, BATCH],
      );
      to = last?.id ?? undefined;
      if (to === undefined) return;
      await this.write(
        `insert into like_event (property_id, user_id, action, at)
        select l.property_id, l.user_id, 'liked', l.at
        from (
          select id, property_id, user_id, ${timeOf('likes')} as at from property_likes likes where id > ? and id <= ?
        ) l
        join property p on p.id = l.property_id
        join auth_user u on u.id = l.user_id
        left join like_event e on e.property_id = l.property_id and e.user_id = l.user_id and e.at = l.at
        where e.id is null
        group by l.property_id, l.user_id, l.at
        order by l.at, min(l.id)`,
        [from, to],
      );
    }
  }

  /**
   * Deletes all but the oldest row of each pair. A row is deleted only when its like event exists, or cannot exist because the
   * property or the user is gone.
   */
  async #removeDuplicates(): Promise<void> {
    for (let after = [0, 0]; ;) {
      const pairs = await this.select<{ home: number; person: number }>(
        `select property_id as home, user_id as person from property_likes
        where (property_id > ? or (property_id = ? and user_id > ?)) and user_id is not null
        group by property_id, user_id having count(*) > 1 order by property_id, user_id limit ?`,
        [after[0], after[0], after[1], PAIRS],
      );
      const last = pairs.at(-1);
      if (!last) return;
      const these = pairs.map(() => '(l.property_id = ? and l.user_id = ?)').join(' or ');
      await this.write(
        `delete l from property_likes l
        join property_likes older on older.property_id = l.property_id and older.user_id = l.user_id
          and (${ageOf('older')} < ${ageOf('l')} or (${ageOf('older')} = ${ageOf('l')} and older.id < l.id))
        left join like_event e on e.property_id = l.property_id and e.user_id = l.user_id and e.at = ${timeOf('l')}
        left join property p on p.id = l.property_id
        left join auth_user u on u.id = l.user_id
        where (${these}) and (e.id is not null or p.id is null or u.id is null)`,
        pairs.flatMap(({ home, person }) => [home, person]),
      );
      after = [last.home, last.person];
    }
  }
}

const knownTime = (row: string): string => `nullif(${row}.created_at, '0000-00-00 00:00:00')`;

/** The time of a like event: whole seconds. A like without a time gets 1970, so that it does not count as new. */
const timeOf = (row: string): string =>
  `cast(coalesce(${knownTime(row)}, '1970-01-02 00:00:00') as datetime)`;

/** The order of duplicates: a row with a known time counts as older than a row without. */
const ageOf = (row: string): string => `coalesce(${knownTime(row)}, '9999-12-31 23:59:59')`;
