// Finds or installs the server program of a private database, and creates its data folder. The working directory is the
// folder of the private database.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runQuietly } from '../processes/run-quietly.mjs';

const alternatives = 'use "docker compose up", or set DATABASE_HOST to a running server';
const usualFolders =
  '/usr/sbin:/usr/bin:/usr/libexec:/usr/local/sbin:/usr/local/bin:/usr/local/mysql/bin:' +
  '/opt/homebrew/bin:/opt/homebrew/opt/mysql/bin:/opt/homebrew/opt/mariadb/bin';

/** Without this option the servers refuse to run as root. */
export const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

/** A starting server deletes all temporary tables in TMPDIR, also those of other servers. So each has its own folder. */
export function envWithOwnTmp() {
  mkdirSync('tmp', { recursive: true });
  return { ...process.env, TMPDIR: resolve('tmp') };
}

/** @typedef {{ engine: 'MySQL' | 'MariaDB', program: string }} Server */

/** @param {string[]} names in order of preference @returns {string[]} paths of the programs found */
function programs(...names) {
  const folders = `${process.env.PATH}:${usualFolders}`.split(':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter((it) => existsSync(it));
}

/**
 * @param {Server['engine'] | undefined} madeBy the engine that created the data folder; undefined if there is none
 * @returns {Promise<Server | undefined>}
 */
async function findServer(madeBy) {
  for (const program of programs('mysqld', 'mariadbd')) {
    const answer = await runQuietly(program, ['--no-defaults', '--version']).catch(() => '');
    // The name does not tell the engine: MariaDB also installs a "mysqld".
    const engine = answer.includes('MariaDB') ? 'MariaDB' : 'MySQL';
    if (!answer || (madeBy && engine !== madeBy)) continue;
    // To create a data folder MariaDB needs my_print_defaults, which Debian has in a separate package.
    if (engine === 'MariaDB' && !madeBy && !programs('my_print_defaults').length) continue;
    return { engine, program };
  }
  return undefined;
}

async function installMariadb() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  /** @param {string[]} args */
  const apt = (...args) => runQuietly('apt-get', ['-y', '-o', 'DPkg::Lock::Timeout=300', ...args], { env });
  const packages = ['--no-install-recommends', 'mariadb-server-core', 'mariadb-client-core'];
  const install = () => apt('install', ...packages);
  try {
    // A new image has no package lists and an old image has outdated ones; most machines need no update.
    await install().catch(() => apt('update').then(install));
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    writeFileSync('apt-get.log', message);
    const sentence = `apt-get could not install MariaDB: please fix apt-get, or ${alternatives}.`;
    throw new Error(`${message}\n${sentence}`, { cause: error });
  }
}

/**
 * @param {(step: string) => void} say
 * @returns {Promise<Server>} a server of the engine that created the data folder, if there is one: neither engine reads the
 *   data of the other
 */
export async function obtainServer(say) {
  const madeBy = !existsSync('data') ? undefined : existsSync('data/mysql.ibd') ? 'MySQL' : 'MariaDB';
  let found = await findServer(madeBy);
  if (!found && madeBy !== 'MySQL' && asRoot.length && programs('apt-get').length) {
    say('installing MariaDB by apt-get');
    await installMariadb();
    found = await findServer(madeBy);
  }
  if (found) return found;
  throw new Error(
    madeBy
      ? `${madeBy} created the data in ${resolve()} and is no longer installed: please install it, ` +
          `or delete that folder to start with an empty database, or ${alternatives}.`
      : `There is no MySQL or MariaDB server on this machine: please install one, or ${alternatives}.`,
  );
}

/**
 * Creates the data folder as `data.new` and renames it when complete, so an interrupted run leaves no incomplete `data`.
 * @param {Server} server
 * @param {AbortSignal} signal
 */
export async function initialise({ engine, program }, signal) {
  rmSync('data.new', { recursive: true, force: true });
  mkdirSync('data.new');
  const args = ['--no-defaults', `--datadir=${resolve('data.new')}`];
  if (engine === 'MySQL') {
    args.push(...asRoot, '--initialize-insecure', '--secure-file-priv=NULL');
  } else {
    const [installer] = programs('mariadb-install-db', 'mysql_install_db');
    if (!installer) throw new Error(`There is no mariadb-install-db: please install it, or ${alternatives}.`);
    program = installer;
    // No --user: with it the script fails on a blank in the path, and it runs as root without it.
    args.push('--skip-test-db', '--skip-name-resolve', '--auth-root-authentication-method=socket');
  }
  await runQuietly(program, args, { signal, env: envWithOwnTmp() });
  renameSync('data.new', 'data');
}
