// The tables of the floor: a database of its own, with exactly the columns and indexes that its statements need.
import { createConnection } from 'mysql2/promise';

/** Pesos. The floor keeps facets per bucket of this width, so it only counts ranges that end on a border. */
export const PRICE_BUCKET = 25_000_000;

export const floorName = (/** @type {string} */ service) => `${service}_floor`;

const PROPERTY_COLUMNS = `id, address, city, neighbourhood, price, currency, description, year, property_type, area, bedrooms,
  bathrooms, parking_spots, stratum, latitude, longitude, current_status_id, availability, status_since, created_at, updated_at`;

/**
 * Creates and fills the tables from those of the service, unless they exist.
 * @param {import('mysql2/promise').ConnectionOptions} login @param {string} service its database
 */
export async function prepareFloor(login, service) {
  const floor = floorName(service);
  const connection = await createConnection({ ...login, multipleStatements: true });
  const [existing] = await connection.query('show databases like ?', [floor]);
  if (/** @type {unknown[]} */ (existing).length === 0) {
    const start = performance.now();
    await connection.query(tables(floor, service));
    await connection.query(likeProcedure(floor));
    console.error(`the floor has its tables after ${Math.round((performance.now() - start) / 1000)} s`);
  }
  const [map] = await connection.query(`show tables from ${floor} like 'map'`);
  if (/** @type {unknown[]} */ (map).length === 0) await connection.query(mapTable(floor, service));
  const [feed] = await connection.query(`show tables from ${floor} like 'feed'`);
  if (/** @type {unknown[]} */ (feed).length === 0) await connection.query(feedTable(floor, service));
  await connection.end();
}

const tables = (/** @type {string} */ floor, /** @type {string} */ service) => `
  create database ${floor} character set utf8mb4 collate utf8mb4_bin;
  use ${floor};
  create table city (id smallint unsigned not null auto_increment primary key, city_key varchar(64) not null unique);
  insert into city (city_key) select distinct city_key from ${service}.property_search where city_key <> '';
  create table listing like ${service}.property;
  alter table listing add city_id smallint unsigned null, add visible tinyint null,
    add key listing_newest (city_id, visible, status_since, id, price, year);
  insert into listing (${PROPERTY_COLUMNS}, city_id, visible)
    select ${PROPERTY_COLUMNS.split(',')
      .map((column) => `p.${column.trim()}`)
      .join(', ')}, c.id, if(p.availability = 'available', 1, if(p.availability = 'sold', 2, null))
    from ${service}.property p join ${service}.property_search s on s.property_id = p.id left join city c on c.city_key = s.city_key;
  create table property_likes (id int not null auto_increment primary key, property_id int not null, user_id int not null,
    created_at datetime not null, unique key (property_id, user_id), key (user_id, created_at));
  insert into property_likes select id, property_id, user_id, created_at from ${service}.property_likes;
  create table like_30d (property_id int not null primary key, city_id smallint unsigned null, visible tinyint null, n int not null,
    total int not null, previous_rank int null, key (city_id, visible, n, total, property_id));
  insert into like_30d select r.property_id, l.city_id, l.visible, if(s.day % 2 = 0, r.d30, r.d30_odd), r.total, null
    from ${service}.ranking_state s join ${service}.ranking r join listing l on l.id = r.property_id;
  create table facet_count (bucket int not null, city_id smallint unsigned not null, status_id int not null, n int not null,
    primary key (bucket, city_id, status_id));
  insert into facet_count select price div ${PRICE_BUCKET}, city_id, current_status_id, count(*) from listing
    where visible is not null and city_id is not null group by 1, 2, 3;
  analyze table listing, property_likes, like_30d, facet_count;`;

/** The visible properties for maps and statistics. */
const mapTable = (/** @type {string} */ floor, /** @type {string} */ service) => `
  use ${floor};
  create table map (property_id int not null primary key, city_id smallint unsigned null, status_since datetime null,
    latitude decimal(9,6) null, longitude decimal(9,6) null, price bigint null,
    key newest (status_since, property_id, latitude, longitude, price), key place (latitude, longitude, price), key price (price),
    key city_price (city_id, price));
  insert into map select s.property_id, c.id, s.status_since, s.latitude, s.longitude, s.price
    from ${service}.property_search s left join city c on c.city_key = s.city_key where s.availability is not null;
  analyze table map;`;

const feedTable = (/** @type {string} */ floor, /** @type {string} */ service) => `
  use ${floor};
  create table feed (sequence bigint not null primary key, property_id int not null, kind varchar(9) not null, at datetime(3) not null);
  insert into feed select sequence, property_id, kind, at from ${service}.property_change;
  analyze table feed;`;

/** One round trip and one commit; counters move only with a new like. */
const likeProcedure = (/** @type {string} */ floor) => `
  create procedure ${floor}.like_property(in property int, in user int, in at datetime)
  begin
    declare is_new int default 0;
    start transaction;
    insert ignore into property_likes (property_id, user_id, created_at)
      select id, user, at from listing where id = property and visible is not null;
    set is_new = row_count();
    if is_new = 1 then
      insert into like_30d select id, city_id, visible, 1, 1, null from listing where id = property
        on duplicate key update n = like_30d.n + 1, total = like_30d.total + 1;
    end if;
    commit;
    select is_new;
  end`;
