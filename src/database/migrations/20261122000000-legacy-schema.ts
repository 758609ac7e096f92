import { OnlineMigration } from './online-migration.js';

/**
 * The legacy tables of Habi's database, in their original shape. Missing tables are created; existing ones are not changed. Keys
 * are signed, because a foreign key requires the type of the old keys.
 */
export class LegacySchema extends OnlineMigration {
  override async up(): Promise<void> {
    const options = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci';
    await this.ddl(`create table if not exists property (
      id int not null auto_increment primary key,
      address varchar(120) not null,
      city varchar(32) not null,
      price bigint not null,
      description text null,
      year int null
    ) ${options}`);
    await this.ddl(`create table if not exists status (
      id int not null auto_increment primary key,
      name varchar(32) not null,
      label varchar(64) not null,
      unique key status_name_unique (name)
    ) ${options}`);
    await this.ddl(`create table if not exists status_history (
      id int not null auto_increment primary key,
      property_id int not null,
      status_id int not null,
      update_date datetime not null default current_timestamp,
      key status_history_property_id_index (property_id),
      key status_history_status_id_index (status_id),
      constraint status_history_property_id_foreign foreign key (property_id) references property (id),
      constraint status_history_status_id_foreign foreign key (status_id) references status (id)
    ) ${options}`);
    if ((await this.select('select 1 from status limit 1')).length > 0) return;
    await this.write(`insert into status (name, label)
      select name, label from (
        select 1 as n, 'comprando' as name, 'En proceso de compra' as label
        union all select 2, 'comprado', 'Propiedad de Habi'
        union all select 3, 'pre_venta', 'En preventa'
        union all select 4, 'en_venta', 'En venta'
        union all select 5, 'vendido', 'Vendido'
      ) initial
      where not exists (select 1 from (select id from status) existing)
      order by n`);
  }
}
