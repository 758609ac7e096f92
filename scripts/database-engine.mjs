// Which server there is, and how it makes a data folder. The keeper's folder is the working directory.
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runQuietly } from './run-quietly.mjs';

const otherWays = 'use "docker compose up", or name a server by DATABASE_HOST';
const usualPlaces =
  '/usr/sbin:/usr/bin:/usr/libexec:/usr/local/sbin:/usr/local/bin:/usr/local/mysql/bin:' +
  '/opt/homebrew/bin:/opt/homebrew/opt/mysql/bin:/opt/homebrew/opt/mariadb/bin';

/** The servers refuse to run as root without being told to. */
export const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

/** A server that starts deletes the temporary tables that it finds: of every server with the same folder. */
export function envWithOwnTmp() {
  mkdirSync('tmp', { recursive: true });
  return { ...process.env, TMPDIR: resolve('tmp') };
}

/** @typedef {{ engine: 'MySQL' | 'MariaDB', program: string }} Server */

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string[]} names in order of preference @returns {string[]} */
function programs(...names) {
  const places = `${process.env.PATH}:${usualPlaces}`.split(':');
  return names.flatMap((name) => places.map((place) => join(place, name))).filter(isExecutable);
}

/**
 * @param {Server['engine'] | undefined} madeBy the maker of the data, or undefined if there are none yet
 * @returns {Promise<Server | undefined>}
 */
async function findServer(madeBy) {
  for (const program of programs('mysqld', 'mariadbd')) {
    const answer = await runQuietly(program, ['--no-defaults', '--version']).catch(() => '');
    // Not by its name: MariaDB installs a "mysqld" as well.
    const engine = answer.includes('MariaDB') ? 'MariaDB' : 'MySQL';
    if (!answer || (madeBy && engine !== madeBy)) continue;
    // Debian has it in another package than the server, and only the making of a data folder takes it.
    if (engine === 'MariaDB' && !madeBy && !programs('my_print_defaults').length) continue;
    return { engine, program };
  }
  return undefined;
}

async function installMariadb() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  /** @param {string[]} args */
  const apt = (...args) => runQuietly('apt-get', ['-y', '-o', 'DPkg::Lock::Timeout=300', ...args], { env });
  const install = () =>
    apt('install', '--no-install-recommends', 'mariadb-server-core', 'mariadb-client-core');
  try {
    // A fresh image has no package lists and an old one has outdated lists; most machines need no update.
    await install().catch(() => apt('update').then(install));
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    writeFileSync('apt-get.log', message);
    throw new Error(`${message}\napt-get could not install MariaDB: please mend that, or ${otherWays}.`, {
      cause: error,
    });
  }
}

/**
 * @param {(step: string) => void} say
 * @returns {Promise<Server>} of the kind that made the data, if there are any: neither reads the other's
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
      ? `${madeBy} made the data in ${resolve()} and is not on this machine any more: please install it, ` +
          `or delete that folder to begin anew, or ${otherWays}.`
      : `There is no MySQL or MariaDB server on this machine: please install one, or ${otherWays}.`,
  );
}

/**
 * Makes the data folder under another name first: what is killed half-way is never taken for a database.
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
    if (!installer) throw new Error(`There is no mariadb-install-db: please install it, or ${otherWays}.`);
    program = installer;
    // Without --user, which makes the script trip over a blank in the path; it can be root as it is.
    args.push('--skip-test-db', '--skip-name-resolve', '--auth-root-authentication-method=socket');
  }
  await runQuietly(program, args, { signal, env: envWithOwnTmp() });
  renameSync('data.new', 'data');
}
