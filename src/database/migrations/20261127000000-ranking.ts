import { OnlineMigration } from './online-migration.js';

const LISTS = ['hot', 'd1', 'd7', 'd30', 'd90', 'd365', 'total'];

/** Tables of the ranking, empty. The ranking worker fills them. */
export class RankingTables extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('property_likes', {
      // The likes of a property in time order.
      indexes: { property_likes_home: 'key property_likes_home (property_id, created_at)' },
    });
    await this.addMissing('like_event', {
      // The likes and unlikes of a property per day (covering).
      indexes: { like_event_home: 'key like_event_home (property_id, at, action)' },
    });
    await this.dropIndex('like_event', 'like_event_property');
    await this.addMissing('search_state', {
      columns: { version: 'bigint not null default 0' },
      indexes: {},
    });
    await this.addMissing('property_search', {
      columns: { popularity: 'bigint null', version: 'bigint not null default 0' },
      indexes: {
        // The public order by popularity, in the country and in a city (InnoDB appends the primary key).
        property_search_popularity: 'key property_search_popularity (availability, popularity)',
        property_search_city_popularity:
          'key property_search_city_popularity (availability, city_key, popularity)',
        // The ranking worker reads the properties that changed since a version.
        property_search_version: 'key property_search_version (version)',
      },
    });
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    const ofProperty = (table: string): string =>
      `constraint ${table}_property_id_foreign foreign key (property_id) references property (id) on delete cascade on update no action`;
    const home = `property_id int not null,
      availability varchar(9) null,
      city_key varchar(64) not null,
      status_id int null,
      property_type varchar(16) not null,
      hot bigint null,
      d1 int not null,
      d7 int not null,
      d30 int not null,
      d90 int not null,
      d365 int not null,
      total int not null,
      -- The negated id: a backward read of an index gives the higher score first and, of equal scores, the lower id first.
      tie int not null`;
    for (const table of ['ranking', 'ranking_week_ago']) {
      // One index per list in its order, for the country and for a city, with the filter columns.
      const lists = LISTS.map((list) => {
        const order = list === 'total' ? 'total, tie' : `${list}, total, tie`;
        return `key ${table}_${list} (availability, ${order}, status_id, property_type),
        key ${table}_city_${list} (availability, city_key, ${order}, status_id, property_type),`;
      });
      const columns = `due_at bigint null,
        version bigint not null,
        -- Rows that are due by time, and rows that changed since a version.
        key ranking_due (due_at),
        key ranking_version (version),`;
      await this.ddl(`create table if not exists ${table} (
        ${home},
        primary key (property_id),
        ${table === 'ranking' ? columns : ''}
        ${lists.join('\n        ')}
        ${ofProperty(table)}
      ) ${options}`);
    }
    await this.ddl(`create table if not exists ranking_past (
      was varchar(16) character set ascii collate ascii_bin not null,
      ${home},
      since_version bigint not null,
      until_version bigint not null,
      primary key (property_id, was, until_version),
      -- Rows that changed since a version, and rows too old for any cursor.
      key ranking_past_until (until_version, was),
      ${ofProperty('ranking_past')}
    ) ${options}`);
    await this.ddl(`create table if not exists ranking_day (
      property_id int not null,
      day date not null,
      likes int not null,
      unlikes int not null,
      standing int not null,
      weight double not null,
      first_second int null,
      primary key (property_id, day),
      -- The days that leave a window at midnight.
      key ranking_day_day (day, property_id, standing),
      ${ofProperty('ranking_day')}
    ) ${options}`);
    await this.ddl(`create table if not exists ranking_state (
      id int not null primary key,
      half_life_days int null,
      fact_id bigint not null,
      search_version bigint not null,
      version bigint not null,
      rebuilt_to int null,
      checked_to int not null,
      counted_to bigint not null,
      day int not null
    ) ${options}`);
    await this.write(
      'insert ignore into ranking_state (id, fact_id, search_version, version, rebuilt_to, checked_to, counted_to, day) values (1, 0, 0, 0, 0, 0, 0, 0)',
    );
  }
}
