import type { TestDatabase } from './database.js';
import { djangoHash, PASSWORD } from './accounts.js';

/** The differences between the legacy databases that are known. */
export interface LegacyShape {
  charset: 'latin1' | 'utf8mb4';
  /** The type of the key of `property_likes`; without it, the table does not exist. */
  likes?: 'int' | 'bigint';
}

/** Every column that the old programs know. */
const COLUMNS = {
  property: ['id', 'address', 'city', 'price', 'description', 'year'],
  status: ['id', 'name', 'label'],
  status_history: ['id', 'property_id', 'status_id', 'update_date'],
  auth_user: [
    'id',
    'password',
    'last_login',
    'is_superuser',
    'username',
    'first_name',
    'last_name',
    'email',
    'is_staff',
    'is_active',
    'date_joined',
  ],
  property_likes: ['id', 'property_id', 'user_id', 'created_at'],
};
export type LegacyTable = keyof typeof COLUMNS;

/** Creates the legacy tables. Only `status` has rows. */
export async function createLegacyTables(
  database: TestDatabase,
  { charset, likes }: LegacyShape,
): Promise<void> {
  const options = `engine = InnoDB default charset = ${charset}`;
  await database.run(`create table property (id int(11) not null auto_increment, address varchar(120) not null,
    city varchar(32) not null, price bigint(20) not null, description text, year int(4) default null, primary key (id)) ${options}`);
  await database.run(`create table status (id int(11) not null auto_increment, name varchar(32) not null,
    label varchar(64) not null, primary key (id), unique key status_historial_name_uindex (name)) ${options}`);
  await database.run(`create table status_history (id int(11) not null auto_increment, property_id int(11) not null,
    status_id int(11) not null, update_date datetime not null default current_timestamp, primary key (id),
    constraint status_historial_property_id_fk foreign key (property_id) references property (id),
    constraint status_historial_status_id_fk foreign key (status_id) references status (id)) ${options}`);
  await database.run(`create table auth_user (id int(11) not null auto_increment, password varchar(128) not null,
    last_login datetime(6) default null, is_superuser tinyint(1) not null, username varchar(150) not null,
    first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
    is_staff tinyint(1) not null, is_active tinyint(1) not null, date_joined datetime(6) not null,
    primary key (id), unique key username (username)) ${options}`);
  if (likes)
    await database.run(`create table property_likes (id ${likes} not null auto_increment, property_id int(11) not null,
      user_id int(11) not null, created_at datetime not null default current_timestamp, primary key (id),
      constraint likes_property foreign key (property_id) references property (id),
      constraint likes_user foreign key (user_id) references auth_user (id)) ${options}`);
  await database.run(`insert into status (id, name, label) values (1, 'comprando', 'En proceso de compra'),
    (2, 'comprado', 'Propiedad en posesión de Habi'), (3, 'pre_venta', 'Propiedad en preventa'), (4, 'en_venta', 'En venta'),
    (5, 'vendido', 'Vendida'), (6, '', '')`);
}

/** Fills the legacy tables with every kind of value that was found in such databases. */
export async function fillLegacyTables(
  database: TestDatabase,
  { likes }: LegacyShape,
  properties = 60,
): Promise<void> {
  const cities = ['Cartagena', 'cartagena', 'CARTAGENA ', 'Bogotá', 'bogotá', '', 'Medellín', 'Ñeque'];
  const text = ['Con balcón', '', null, "l'été — no", 'línea 1\r\nlínea 2\t'];
  const years = [null, 1800, 0, -5, 2_147_483_647, 2018];
  await database.run(
    `insert into property (address, city, price, description, year) values ${Array.from({ length: properties }, () => '(?, ?, ?, ?, ?)').join()}`,
    Array.from({ length: properties }, (_, i) => [
      i % 9 === 0 ? '' : `  Calle ${i % 20} # 1-${i % 7} `,
      cities[i % cities.length],
      i % 11 === 0 ? 0 : i === 7 ? '9223372036854775807' : i === 8 ? '-9223372036854775808' : i * 1_000_000,
      text[i % text.length],
      years[i % years.length],
    ]).flat(),
  );
  const steps: unknown[][] = [];
  for (let property = 1; property <= properties; property++) {
    if (property % 10 === 0) continue; // Without any history.
    // Out of order, repeated, of one second, backwards, of the nameless status, and without a date.
    steps.push([property, (property % 5) + 1, `2021-0${(property % 8) + 1}-10 10:00:00`]);
    if (property % 3 === 0) steps.push([property, 4, '2021-01-05 00:00:00']);
    if (property % 4 === 0)
      steps.push([property, 5, '2022-01-01 00:00:00'], [property, 3, '2022-01-01 00:00:00']);
    if (property % 6 === 0)
      steps.push([property, 2, '2022-02-01 00:00:00'], [property, 2, '2022-02-01 00:00:00']);
    if (property % 7 === 0) steps.push([property, 6, '2023-01-01 00:00:00']);
    if (property % 13 === 0) steps.push([property, 4, '0000-00-00 00:00:00']);
    if (property % 17 === 0) steps.push([property, 4, '2024-02-31 10:00:00']);
  }
  await database.run(
    `insert into status_history (property_id, status_id, update_date) values ${steps.map(() => '(?, ?, ?)').join()}`,
    steps.flat(),
  );
  const hashes = [
    djangoHash(PASSWORD),
    'pbkdf2_sha256$260000$c2FsdA$uWVjdW5kYXJ5IGxlbmd0aCAzMiBieXRlcyBvayBvazE=',
    '!unusable',
    'bcrypt$$2b$12$abcdefghijklmnopqrstuv',
    '',
  ];
  await database.run(
    `insert into auth_user (password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
     values ${Array.from({ length: 25 }, () => "(?, ?, 0, ?, 'José', 'Peña', ?, ?, ?, ?)").join()}`,
    Array.from({ length: 25 }, (_, i) => [
      hashes[i % hashes.length],
      i % 2 ? null : '2022-03-04 05:06:07.123456',
      `user${i}`,
      i % 8 === 0 ? '' : i % 6 === 1 ? 'Same@Example.com' : `user${i}@example.com`,
      i === 0 ? 1 : 0,
      i === 20 ? 0 : 1,
      i === 3 ? '0000-00-00 00:00:00' : '2020-01-01 00:00:00.000001',
    ]).flat(),
  );
  if (!likes) return;
  const rows: unknown[][] = [];
  for (let n = 0; n < 400; n++)
    rows.push([
      (n % 40) + 1,
      (n % 7) + 1,
      n === 5
        ? '0000-00-00 00:00:00'
        : n === 6
          ? '2022-02-31 10:00:00'
          : `2022-0${(n % 9) + 1}-1${n % 10} 12:00:${10 + (n % 50)}`,
    ]);
  await database.run(
    `insert into property_likes (property_id, user_id, created_at) values ${rows.map(() => '(?, ?, ?)').join()}`,
    rows.flat(),
  );
}

/** Every byte of every column that the old programs know, by table, in key order. */
export async function legacyBytes(
  database: TestDatabase,
  tables: readonly LegacyTable[] = ['property', 'status', 'status_history', 'auth_user'],
): Promise<Record<string, string[]>> {
  const bytes: Record<string, string[]> = {};
  for (const table of tables) {
    const columns = COLUMNS[table].map((column) => `coalesce(hex(${column}), 'null')`);
    const rows = await database.run<{ line: string }>(
      `select concat_ws(' ', ${columns.join()}) as line from ${table} order by id`,
    );
    bytes[table] = rows.map(({ line }) => line);
  }
  return bytes;
}
