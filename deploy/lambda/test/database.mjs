// A database with the demo data, and with a ranking whose CSV has 5 MB.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../../..');
const { createConnection } = createRequire(join(PROJECT, 'package.json'))('mysql2/promise');
const NAME = `${process.env.DATABASE_NAME}_test_lambda_${process.pid}`;

/** The settings of a process of the service on the database of the tests. */
export const SETTINGS = {
  PATH: process.env.PATH,
  DATABASE_HOST: process.env.DATABASE_HOST,
  DATABASE_PORT: process.env.DATABASE_PORT,
  DATABASE_USER: process.env.DATABASE_USER,
  DATABASE_PASSWORD: process.env.DATABASE_PASSWORD,
  DATABASE_NAME: NAME,
  JWT_SECRET: randomBytes(48).toString('base64'),
  RATE_LIMIT_PER_MINUTE: '0',
  // One user makes all likes.
  LIKE_TRUST_BURST_LIKES: '0',
  LIKE_TRUST_GROUP_ACCOUNTS: '0',
  LIKE_TRUST_LIKES_PER_MINUTE: '0',
};
const LONG_CITY = 'Peñón de la Ñapa';
/** Each has a line of some 290 bytes in the CSV. */
const LONG_PROPERTIES = 18_000;

/** @param {string} script @param {object} [settings] */
function run(script, settings) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(PROJECT, 'dist/commands', script)], {
    cwd: import.meta.dirname,
    env: { ...SETTINGS, ...settings },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stdout}${stderr}`);
}

export async function createDatabase() {
  const {
    DATABASE_HOST: host,
    DATABASE_PORT: port,
    DATABASE_USER: user,
    DATABASE_PASSWORD: password,
  } = process.env;
  const connection = await createConnection({ host, port: Number(port), user, password });
  await connection.query(`create database ${NAME} character set utf8mb4 collate utf8mb4_unicode_ci`);
  await connection.query(`use ${NAME}`);
  run('migrate-and-seed.js', { DEMO_DATA: 'true' });
  return connection;
}

/** @param {import('mysql2/promise').Connection} connection */
export async function addLongRanking(connection) {
  const values = Array.from({ length: LONG_PROPERTIES }, (_, i) => [
    `${'ñ'.repeat(110)} ${i}`,
    LONG_CITY,
    100_000_000,
  ]);
  await connection.query('insert into property (address, city, price) values ?', [values]);
  await connection.query(
    `insert into status_history (property_id, status_id, update_date)
     select p.id, s.id, '2026-05-01' from property p join status s on s.name = 'en_venta' where p.city = ?`,
    [LONG_CITY],
  );
  await connection.query(
    `insert into like_event (property_id, user_id, action, at)
     select p.id, (select min(id) from auth_user), 'liked', utc_timestamp() from property p where p.city = ?`,
    [LONG_CITY],
  );
  await connection.query(
    `insert into property_likes (property_id, user_id, created_at)
     select p.id, (select min(id) from auth_user), utc_timestamp() from property p where p.city = ?`,
    [LONG_CITY],
  );
  run('rebuild.js');
}

/** The ids of the connections to the database of the tests, without this one. @param {import('mysql2/promise').Connection} connection */
export async function connectionIds(connection) {
  const [rows] = await connection.query(
    'select id from information_schema.processlist where db = ? and id <> connection_id() order by id',
    [NAME],
  );
  // MySQL names the column ID.
  return /** @type {Record<string, number>[]} */ (rows).map((row) => row.id ?? row.ID);
}

/** @param {import('mysql2/promise').Connection} connection */
export async function dropDatabase(connection) {
  await connection.query(`drop database ${NAME}`);
  await connection.end();
}
