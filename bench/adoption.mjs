// How long `npm run migrate` lets other programs wait: a database as they left it, with so many homes, is migrated while they
// go on reading and writing it.
import { createConnection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, median, rounded } from './servers.mjs';

const PART = 100_000;
const DIGITS = `(select 0 as d union all select 1 union all select 2 union all select 3 union all select 4
  union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)`;
const OPTIONS = 'engine = InnoDB default charset = latin1';
const TABLES = [
  `create table property (id int not null auto_increment primary key, address varchar(120) not null,
    city varchar(32) not null, price bigint not null, description text, year int) ${OPTIONS}`,
  `create table status (id int not null auto_increment primary key, name varchar(32) not null unique,
    label varchar(64) not null) ${OPTIONS}`,
  `create table status_history (id int not null auto_increment primary key, property_id int not null,
    status_id int not null, update_date datetime not null default current_timestamp,
    foreign key (property_id) references property (id), foreign key (status_id) references status (id)) ${OPTIONS}`,
  `create table auth_user (id int not null auto_increment primary key, password varchar(128) not null,
    last_login datetime(6), is_superuser tinyint(1) not null, username varchar(150) not null unique,
    first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
    is_staff tinyint(1) not null, is_active tinyint(1) not null, date_joined datetime(6) not null) ${OPTIONS}`,
  `create table property_likes (id int not null auto_increment primary key, property_id int not null,
    user_id int not null, created_at datetime not null default current_timestamp,
    foreign key (property_id) references property (id), foreign key (user_id) references auth_user (id)) ${OPTIONS}`,
  `insert into status (name, label) values ('comprando', ''), ('comprado', ''), ('pre_venta', ''), ('en_venta', ''), ('vendido', '')`,
];
// Of n, which counts from 1. Two and a half statuses and a like each; a tenth of the likes repeat others.
const ROWS = [
  `insert into property (id, address, city, price, description, year)
    select n, concat('Calle ', n % 180, ' # ', n % 97, '-', n % 53), concat('Ciudad ', floor(300 * pow(rand(n), 3))),
      1e6 * (50 + n % 900), repeat('Casa con patio y vista al parque. ', 7), 1950 + n % 75`,
  `insert into status_history (property_id, status_id, update_date) select n, 1 + n % 5, date_sub('2026-01-01', interval n % 900 day)`,
  `insert into status_history (property_id, status_id, update_date) select n, 3 + n % 3, date_sub('2026-06-01', interval n % 900 day)`,
  `insert into auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
    select n, '!', 0, concat('u', n), '', '', concat('u', n, '@example.com'), 0, 1, '2024-01-01'`,
  `insert into property_likes (property_id, user_id, created_at)
    select n - (n % 10 = 0), n - (n % 10 = 0), date_sub('2026-06-01', interval n % 700 day)`,
];

/** @param {import('mysql2/promise').ConnectionOptions} login @param {string} name @param {number} count */
async function fill(login, name, count) {
  const connection = await createConnection(login);
  await connection.query(`drop database if exists ${name}`);
  await connection.query(`create database ${name} character set latin1`);
  await connection.query(`use ${name}`);
  for (const statement of TABLES) await connection.query(statement);
  const numbers = Array.from({ length: Math.log10(PART) }, (_, i) => `${DIGITS} d${i}`).join(' join ');
  const value = Array.from({ length: Math.log10(PART) }, (_, i) => `d${i}.d * ${10 ** i}`).join(' + ');
  for (let from = 0; from < count; from += PART) {
    for (const statement of ROWS)
      await connection.query(
        `${statement} from (select ${from + 1} + ${value} as n from ${numbers}) numbers where n <= ${count}`,
      );
  }
  await connection.end();
}

/**
 * Does something again and again until it is over; how long each took.
 * @param {import('mysql2/promise').ConnectionOptions} login @param {AbortSignal} over
 * @param {(n: number) => [statement: string, values: (string | number | null)[]]} statementOf
 */
async function goOn(login, over, statementOf) {
  const connection = await createConnection(login);
  const took = [];
  for (let n = 0; !over.aborted; n++) {
    const start = performance.now();
    await connection.execute(...statementOf(n));
    took.push(performance.now() - start);
    await sleep(5);
  }
  await connection.end();
  return took;
}

/** @param {import('mysql2/promise').ConnectionOptions} server @param {number} count */
export async function measureAdoption(server, count) {
  const name = `${process.env.DATABASE_NAME}_test_bench_adoption`;
  const filling = performance.now();
  await fill(server, name, count);
  const login = { ...server, database: name };
  console.error(`${count} homes are there after ${Math.round((performance.now() - filling) / 1000)} s`);
  const home = (/** @type {number} */ n) => 1 + ((n * 7_919) % count);
  /** @type {Record<string, (n: number) => [string, (string | number | null)[]]>} */
  const programs = {
    'read a home and its newest status': (n) => [
      `select p.address, p.city, s.name from property p join status_history h on h.property_id = p.id
        join status s on s.id = h.status_id where p.id = ? order by h.update_date desc limit 1`,
      [home(n)],
    ],
    'change a price': (n) => ['update property set price = price + 1 where id = ?', [home(n)]],
    'add a home': (n) => [
      'insert into property (address, city, price, description, year) values (?, ?, ?, ?, ?)',
      [`Nueva ${n}`, 'Cali', 1, null, null],
    ],
    'add a status': (n) => [
      'insert into status_history (property_id, status_id) values (?, ?)',
      [home(n), 4],
    ],
    // Some of those that are there already: from some moment on they are refused.
    'add a like': (n) => [
      'insert ignore into property_likes (property_id, user_id, created_at) values (?, ?, now())',
      [home(n), 1 + (n % 1000)],
    ],
    'delete a like': (n) => ['delete from property_likes where id = ?', [home(n)]],
  };
  const over = new AbortController();
  const start = performance.now();
  const going = Object.entries(programs).map(async ([what, of]) => ({
    what,
    took: await goOn(login, over.signal, of),
  }));
  await sleep(2_000);
  const migrating = performance.now();
  await command('dist/commands/migrate.js', name);
  const migrated = performance.now() - migrating;
  over.abort();
  console.log(
    `${count.toLocaleString('en')} homes, migrated and made searchable in ${Math.round(migrated / 1000)} s, beside programs that go on for ` +
      `${Math.round((performance.now() - start) / 1000)} s:\n\n| what they do | times | median ms | longest ms |\n| --- | ---: | ---: | ---: |`,
  );
  for (const { what, took } of await Promise.all(going))
    console.log(
      `| ${what} | ${took.length.toLocaleString('en')} | ${rounded(median(took))} | ${rounded(took.reduce((longest, ms) => Math.max(longest, ms), 0))} |`,
    );
}
