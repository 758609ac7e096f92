import { OnlineMigration } from './online-migration.js';

/**
 * The search tables, empty; `rebuild` fills them. They replace the list indexes and the `city_key` column that the first release
 * added to `property`.
 */
export class SearchTables extends OnlineMigration {
  override async up(): Promise<void> {
    const ofProperty = (name: string): string =>
      `constraint ${name} foreign key (property_id) references property (id) on delete cascade on update no action`;
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
    await this.ddl(`create table if not exists property_search (
      property_id int not null primary key,
      availability varchar(9) null,
      status_id int null,
      status_since datetime null,
      city_key varchar(64) not null,
      city varchar(32) not null,
      neighbourhood_key varchar(190) not null,
      neighbourhood varchar(120) not null,
      property_type varchar(16) not null,
      price bigint null,
      price_step bigint null,
      year int null,
      area decimal(12,2) null,
      bedrooms int null,
      bathrooms int null,
      stratum int null,
      latitude decimal(9,6) null,
      longitude decimal(9,6) null,
      -- The default order, in the country and in a city, covering all filters: a row lookup costs twenty times as much as
      -- an index entry. The second index also counts the properties of a city.
      key property_search_newest (availability, status_since, property_id, status_id, property_type, price, year,
        area, bedrooms, bathrooms, stratum, latitude, longitude),
      key property_search_city_newest (availability, city_key, status_since, property_id, status_id, property_type,
        price, year, area, bedrooms, bathrooms, stratum, latitude, longitude, price_step),
      -- The other orders (InnoDB appends the id), and the ranges. The price index also counts the properties of a range.
      key property_search_price (availability, price, property_id, city_key, city, status_id, property_type, year,
        bedrooms),
      key property_search_city_price (availability, city_key, price),
      key property_search_year (availability, year),
      key property_search_city_year (availability, city_key, year),
      key property_search_area (availability, area),
      key property_search_city_area (availability, city_key, area),
      -- Map boxes and circles.
      key property_search_location (availability, latitude, longitude),
      -- Properties of the same city and type with the nearest price.
      key property_search_alike (city_key, property_type, price),
      ${ofProperty('property_search_property_id_foreign')}
    ) ${options}`);
    // Created with its index, because adding a FULLTEXT index later locks the table.
    await this.ddl(`create table if not exists property_words (
      property_id int not null primary key,
      words mediumtext character set ascii collate ascii_bin not null,
      fulltext key property_words_words (words),
      ${ofProperty('property_words_property_id_foreign')}
    ) ${options}`);
    await this.ddl(`create table if not exists facet_count (
      facet varchar(12) not null,
      city_key varchar(64) not null,
      status_id int not null,
      property_type varchar(16) not null,
      value varchar(32) not null,
      homes int not null,
      primary key (facet, city_key, status_id, property_type, value)
    ) ${options}`);
    await this.ddl(`create table if not exists place_name (
      city_key varchar(64) not null,
      neighbourhood_key varchar(190) not null,
      name varchar(120) not null,
      homes int not null,
      primary key (city_key, neighbourhood_key, name)
    ) ${options}`);
    await this.ddl(`create table if not exists place_term (
      term varchar(190) not null,
      city_key varchar(64) not null,
      neighbourhood_key varchar(190) not null,
      primary key (term, city_key, neighbourhood_key)
    ) ${options}`);
    await this.ddl(`create table if not exists search_state (
      id int not null primary key,
      built_at datetime null
    ) ${options}`);
    await this.write('insert ignore into search_state (id) values (1)');
    await this.#dropFromProperty();
  }

  async #dropFromProperty(): Promise<void> {
    for (const index of ['property_listing', 'property_city_listing'])
      await this.dropIndex('property', index);
    if (await this.hasColumn('property', 'city_key')) await this.alter('property', 'drop column city_key');
  }
}
