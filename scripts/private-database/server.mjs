// Starts the server of a private database: chooses port and password, and waits until it accepts connections. The working
// directory is the folder of the private database.
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asRoot, envWithOwnTmp } from './engine.mjs';

// The accounts of deploy/database/users.sql: the owner migrates, tests and runs commands; another one serves, a third one only reads.
const owner = 'habi_user';
const serving = 'habi_service';
const reading = 'habi_reader';
const name = 'habi_db';
const randomPassword = () => randomBytes(24).toString('base64url');

// Below the range of outgoing connections, which could take the port during a restart of the server.
const randomPort = () => randomInt(20_000, 32_768);

/** @param {number} port */
async function isFree(port) {
  const probe = net.createServer();
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

/** @param {string} password */
function initSql(password) {
  const statements = [
    // The initialisation of MySQL creates root without a password. Nothing here uses root.
    `ALTER USER root@localhost IDENTIFIED BY '${randomPassword()}'`,
    `CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  ];
  for (const host of ['localhost', '127.0.0.1']) {
    for (const user of [owner, serving, reading])
      statements.push(
        `CREATE USER IF NOT EXISTS '${user}'@'${host}' IDENTIFIED BY '${password}'`,
        `ALTER USER '${user}'@'${host}' IDENTIFIED BY '${password}'`,
      );
    // Tests create databases, and look at the statements of the service.
    statements.push(`GRANT PROCESS ON *.* TO '${owner}'@'${host}'`);
    for (const database of ['habi\\_db', 'habi\\_db\\_test%'])
      statements.push(
        `GRANT ALL ON \`${database}\`.* TO '${owner}'@'${host}' WITH GRANT OPTION`,
        `GRANT SELECT ON \`${database}\`.* TO '${reading}'@'${host}'`,
      );
  }
  return statements.map((statement) => `${statement};\n`).join('');
}

/**
 * Chooses port and password, and writes connection.json for the clients and init.sql for the server. Both stay the same as in
 * the last run, unless the port is taken.
 * @returns {Promise<string>} the port
 */
export async function chooseConnection() {
  const last = existsSync('connection.json') ? JSON.parse(readFileSync('connection.json', 'utf8')) : {};
  let port = Number(last.DATABASE_PORT ?? randomPort());
  // The port of a killed server may be busy for a moment.
  for (let i = 0; i < 20 && !(await isFree(port)); i++) await sleep(100);
  while (!(await isFree(port))) port = randomPort();
  const connection = {
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(port),
    DATABASE_USER: owner,
    DATABASE_SERVICE_USER: `${serving}@127.0.0.1`,
    DATABASE_PASSWORD: last.DATABASE_PASSWORD ?? randomPassword(),
    DATABASE_NAME: name,
  };
  writeFileSync('connection.json.new', JSON.stringify(connection), { mode: 0o600 });
  renameSync('connection.json.new', 'connection.json');
  writeFileSync('init.sql', initSql(connection.DATABASE_PASSWORD), { mode: 0o600 });
  return connection.DATABASE_PORT;
}

/**
 * @param {import('./engine.mjs').Server} server
 * @param {string} port
 * @param {boolean} throwAway gives up durability for speed
 */
export function startServer({ engine, program }, port, throwAway) {
  // After a crash these files contain a process id that another process may have now.
  for (const stale of ['pid', 'sock', 'sock.lock']) rmSync(`data/mysqld.${stale}`, { force: true });
  const args = [
    '--no-defaults',
    ...asRoot,
    `--datadir=${resolve('data')}`,
    `--log-error=${resolve('server.log')}`,
    `--init-file=${resolve('init.sql')}`,
    // Relative to the data folder: the path of a Unix socket has at most 107 characters.
    '--socket=mysqld.sock',
    '--pid-file=mysqld.pid',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    '--skip-log-bin',
    '--performance-schema=OFF',
    `--innodb-buffer-pool-size=${process.env.PRIVATE_DATABASE_MEMORY ?? '256M'}`,
    ...(engine === 'MySQL' ? ['--mysqlx=OFF', '--secure-file-priv=NULL'] : []),
    `--innodb-flush-log-at-trx-commit=${throwAway ? 0 : 1}`,
    ...(process.env.PRIVATE_DATABASE_OPTIONS?.split(' ').filter(Boolean) ?? []),
    ...(throwAway ? ['--innodb-flush-method=nosync', '--innodb-doublewrite=OFF'] : []),
  ];
  const log = openSync('server.log', 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], env: envWithOwnTmp() });
  closeSync(log);
  return child;
}

/**
 * Whether the server sends a greeting on its socket; it does after it has run init.sql. The socket, unlike the port, can only
 * belong to this server.
 * @returns {Promise<boolean>}
 */
function sendsGreeting() {
  return new Promise((resolve) => {
    const connection = net.connect('data/mysqld.sock');
    connection.once('error', () => {}).once('close', () => resolve(false));
    connection.once('data', (greeting) => {
      // Byte 4 is the protocol version, or 255 for an error.
      resolve(greeting[4] === 10);
      connection.destroy();
    });
  });
}

/** @param {import('node:child_process').ChildProcess} server @returns {Promise<boolean>} false if it ended */
export async function isUp(server) {
  while (server.exitCode === null && server.signalCode === null) {
    if (await sendsGreeting()) return true;
    await sleep(30);
  }
  return false;
}

/** The last errors in the log of the server. */
export const loggedErrors = () =>
  (readFileSync('server.log', 'utf8').match(/.*\[ERROR\].*/g) ?? []).slice(-5).join('\n');
