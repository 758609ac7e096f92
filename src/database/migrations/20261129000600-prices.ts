import { OnlineMigration } from './online-migration.js';

/** The price log, and the columns that are derived from it. Existing properties get no row: they get one with their first change. */
export class Prices extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists property_price (
      property_id int not null,
      n int not null,
      price bigint null,
      currency varchar(3) not null,
      at timestamp(3) not null default current_timestamp(3),
      primary key (property_id, n),
      constraint property_price_property_id_foreign foreign key (property_id) references property (id)
        on delete cascade on update no action
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
    await this.addMissing('property', {
      columns: { previous_price: 'bigint null', price_changed_at: 'timestamp(3) null' },
    });
    await this.addMissing('property_search', {
      columns: {
        currency: 'varchar(3) character set utf8mb4 collate utf8mb4_bin null',
        price_drop: 'int null',
        price_reduced_at: 'bigint null',
      },
      // The order of `-priceDrop`, in the country and in a city, with what `priceReduced` compares.
      indexes: {
        property_search_price_drop:
          'key property_search_price_drop (availability, price_drop, property_id, price_reduced_at)',
        property_search_city_price_drop:
          'key property_search_city_price_drop (availability, city_key, price_drop, property_id, price_reduced_at)',
      },
    });
    await this.#storeCurrencies();
    await this.addMissing('search_state', { columns: { prices_since: 'timestamp(3) null' } });
    // The last statement: the log begins when everything is in place.
    await this.write(
      'update search_state set prices_since = current_timestamp(3) where prices_since is null',
    );
  }

  /** Few properties have another currency than COP. Without it, their next refresh would look like a change of price. */
  async #storeCurrencies(): Promise<void> {
    // As bytes: the collation of the old column does not tell 'cop' from 'COP', and the price log does.
    await this.writeInRanges(
      `update property_search s join property p on p.id = s.property_id set s.currency = p.currency
      where s.property_id > ? and s.property_id <= ? and s.currency is null
        and cast(p.currency as binary) <> 'COP' and trim(p.currency) <> ''`,
    );
  }
}
