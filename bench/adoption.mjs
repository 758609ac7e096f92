// `npm run bench -- --adoption`: how long other programs wait during `npm run migrate`. It fills a database as an older program
// would, and migrates it while six programs read and write it.
import { createConnection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, rounded, runCommand } from './servers.mjs';

const ROWS_PER_STATEMENT = 100_000;
const PAUSE_MS = 5;
/** The programs run this long before the migration starts. */
const LEAD_MS = 2_000;
const DIGITS = `(select 0 as d union all select 1 union all select 2 union all select 3 union all select 4
  union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)`;
const TABLE_OPTIONS = 'engine = InnoDB default charset = latin1';
const TABLES = [
  `create table property (id int not null auto_increment primary key, address varchar(120) not null,
    city varchar(32) not null, price bigint not null, description text, year int) ${TABLE_OPTIONS}`,
  `create table status (id int not null auto_increment primary key, name varchar(32) not null unique,
    label varchar(64) not null) ${TABLE_OPTIONS}`,
  `create table status_history (id int not null auto_increment primary key, property_id int not null,
    status_id int not null, update_date datetime not null default current_timestamp,
    foreign key (property_id) references property (id), foreign key (status_id) references status (id)) ${TABLE_OPTIONS}`,
  `create table auth_user (id int not null auto_increment primary key, password varchar(128) not null,
    last_login datetime(6), is_superuser tinyint(1) not null, username varchar(150) not null unique,
    first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
    is_staff tinyint(1) not null, is_active tinyint(1) not null, date_joined datetime(6) not null) ${TABLE_OPTIONS}`,
  `create table property_likes (id int not null auto_increment primary key, property_id int not null,
    user_id int not null, created_at datetime not null default current_timestamp,
    foreign key (property_id) references property (id), foreign key (user_id) references auth_user (id)) ${TABLE_OPTIONS}`,
  `insert into status (name, label) values ('comprando', ''), ('comprado', ''), ('pre_venta', ''), ('en_venta', ''), ('vendido', '')`,
];
// Selects from the numbers n, from 1. Each property has two status rows.
const ROWS = [
  `insert into property (id, address, city, price, description, year)
    select n, concat('Calle ', n % 180, ' # ', n % 97, '-', n % 53), concat('Ciudad ', floor(300 * pow(rand(n), 3))),
      1e6 * (50 + n % 900), repeat('Casa con patio y vista al parque. ', 7), 1950 + n % 75`,
  `insert into status_history (property_id, status_id, update_date) select n, 1 + n % 5, date_sub('2026-01-01', interval n % 900 day)`,
  `insert into status_history (property_id, status_id, update_date) select n, 3 + n % 3, date_sub('2026-06-01', interval n % 900 day)`,
  `insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
    select n, '!', 0, concat('u', n), '', '', concat('u', n, '@example.com'), 0, 1, '2024-01-01'`,
];
/** One like a property; a tenth of the likes are duplicates. */
const LIKES = [
  `insert into property_likes (property_id, user_id, created_at)
    select n - (n % 10 = 0), n - (n % 10 = 0), date_sub('2026-06-01', interval n % 700 day)`,
];

/**
 * Creates the database of an older program.
 * @param {import('mysql2/promise').ConnectionOptions} login @param {string} name @param {number} count of properties and of users
 * @param {readonly string[]} likes statements that select from the numbers n, from 1 to `count`
 */
export async function fillLegacyDatabase(login, name, count, likes) {
  const connection = await createConnection(login);
  await connection.query(`drop database if exists ${name}`);
  await connection.query(`create database ${name} character set latin1`);
  await connection.query(`use ${name}`);
  for (const statement of TABLES) await connection.query(statement);
  const numbers = Array.from({ length: Math.log10(ROWS_PER_STATEMENT) }, (_, i) => `${DIGITS} d${i}`).join(
    ' join ',
  );
  const value = Array.from({ length: Math.log10(ROWS_PER_STATEMENT) }, (_, i) => `d${i}.d * ${10 ** i}`).join(
    ' + ',
  );
  for (let from = 0; from < count; from += ROWS_PER_STATEMENT) {
    for (const statement of [...ROWS, ...likes])
      await connection.query(
        `${statement} from (select ${from + 1} + ${value} as n from ${numbers}) numbers where n <= ${count}`,
      );
  }
  await connection.end();
}

/**
 * Runs a statement every few milliseconds until the signal.
 * @param {import('mysql2/promise').ConnectionOptions} login @param {AbortSignal} stop
 * @param {(n: number) => [statement: string, values: (string | number | null)[]]} statementOf
 * @returns milliseconds of each statement
 */
async function repeat(login, stop, statementOf) {
  const connection = await createConnection(login);
  const times = [];
  for (let n = 0; !stop.aborted; n++) {
    const start = performance.now();
    await connection.execute(...statementOf(n));
    times.push(performance.now() - start);
    await sleep(PAUSE_MS);
  }
  await connection.end();
  return times;
}

/** @param {import('mysql2/promise').ConnectionOptions} server @param {number} count of properties */
export async function measureAdoption(server, count) {
  const name = `${process.env.DATABASE_NAME}_test_bench_adoption`;
  const fillStart = performance.now();
  await fillLegacyDatabase(server, name, count, LIKES);
  const login = { ...server, database: name };
  console.error(`${count} properties after ${Math.round((performance.now() - fillStart) / 1000)} s`);
  const propertyId = (/** @type {number} */ n) => 1 + ((n * 7_919) % count);
  /** @type {Record<string, (n: number) => [string, (string | number | null)[]]>} */
  const programs = {
    'read a property and its newest status': (n) => [
      `select p.address, p.city, s.name from property p join status_history h on h.property_id = p.id
        join status s on s.id = h.status_id where p.id = ? order by h.update_date desc limit 1`,
      [propertyId(n)],
    ],
    'change a price': (n) => ['update property set price = price + 1 where id = ?', [propertyId(n)]],
    'add a property': (n) => [
      'insert into property (address, city, price, description, year) values (?, ?, ?, ?, ?)',
      [`Nueva ${n}`, 'Cali', 1, null, null],
    ],
    'add a status': (n) => [
      'insert into status_history (property_id, status_id) values (?, ?)',
      [propertyId(n), 4],
    ],
    // Some pairs exist; once the unique index does, they are ignored.
    'add a like': (n) => [
      'insert ignore into property_likes (property_id, user_id, created_at) values (?, ?, now())',
      [propertyId(n), 1 + (n % 1000)],
    ],
    'delete a like': (n) => ['delete from property_likes where id = ?', [propertyId(n)]],
  };
  const stop = new AbortController();
  const start = performance.now();
  const running = Object.entries(programs).map(async ([title, statementOf]) => ({
    title,
    times: await repeat(login, stop.signal, statementOf),
  }));
  await sleep(LEAD_MS);
  const migrationStart = performance.now();
  await runCommand('dist/commands/migrate.js', name);
  const migrationMs = performance.now() - migrationStart;
  stop.abort();
  console.log(
    `${count.toLocaleString('en')} properties, migrated and made searchable in ${Math.round(migrationMs / 1000)} s, while programs ran for ` +
      `${Math.round((performance.now() - start) / 1000)} s:\n\n| statement | times | median ms | longest ms |\n| --- | ---: | ---: | ---: |`,
  );
  for (const { title, times } of await Promise.all(running))
    console.log(
      `| ${title} | ${times.length.toLocaleString('en')} | ${rounded(median(times))} | ${rounded(times.reduce((longest, ms) => Math.max(longest, ms), 0))} |`,
    );
}
