import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, socketOf } from './single-instance.mjs';

export const clone = fileURLToPath(new URL('..', import.meta.url));
export const localFolder = join(clone, '.local');
const keeperLog = join(localFolder, 'keeper.log');

/** Variables that are set already win over those of the file. */
export function loadDotEnv() {
  try {
    process.loadEnvFile(join(clone, '.env'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
}

/** @param {string} folder @param {boolean} throwAway @returns {Promise<import('node:net').Socket>} */
async function reachKeeper(folder, throwAway) {
  const socket = socketOf(folder);
  const args = [join(clone, 'scripts/database-keeper.mjs'), folder, ...(throwAway ? ['--throw-away'] : [])];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let keeper;
  for (;;) {
    const connection = await connect(socket);
    if (connection) return connection;
    if (keeper?.exitCode) throw new Error(`The database's keeper ended: see ${keeperLog}`);
    // 0: another keeper was faster, and has ended since. A signal: it was killed.
    if (!keeper || keeper.exitCode === 0 || keeper.signalCode) {
      // In a session of its own: it outlives Ctrl-C here and ends when its last user has gone.
      const log = openSync(keeperLog, 'a');
      keeper = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
      keeper.unref();
      closeSync(log);
    }
    await sleep(20);
  }
}

/** @param {number} pid */
async function untilGone(pid) {
  try {
    // A bound, because where nothing reaps orphans (a container) a dead process keeps its number.
    for (let i = 0; i < 100; i++, await sleep(10)) process.kill(pid, 0);
  } catch {
    // No such process.
  }
}

/**
 * The database that DATABASE_HOST names, or else a private server: one that runs already or a new one. It runs
 * for as long as somebody uses it; the kernel ends our use, whatever ends us.
 * @param {object} options
 * @param {boolean} [options.throwAway] a new one that is deleted at the end
 * @param {string} [options.folder] where a private one that stays has its data, in .local
 * @param {(step: string) => void} options.say
 * @param {AbortSignal} options.stop gives up waiting for it
 * @returns {Promise<{ env: Record<string, string>, release: () => Promise<void> }>} `release` resolves when
 *   nothing that we were the last to use is left running
 */
export async function useDatabase({ throwAway = false, folder: own = 'database', say, stop }) {
  loadDotEnv();
  stop.throwIfAborted();
  if (process.env.DATABASE_HOST) return { env: {}, release: async () => {} };

  const folder = join(localFolder, throwAway ? `throw-away/${randomUUID()}` : own);
  mkdirSync(join(folder, '..'), { recursive: true });
  /** @type {import('node:net').Socket | undefined} */
  let connection;
  const leaving = new AbortController();
  let stoppedKeeper = 0;

  /** @param {import('node:net').Socket} keeper @param {(step: string) => void} saySteps */
  const isReady = (keeper, saySteps) =>
    new Promise((resolve, reject) => {
      // Errors (a killed keeper resets the connection) end in a close; readline repeats them.
      keeper.on('error', () => {}).once('close', () => resolve(false));
      const lines = createInterface({ input: keeper }).on('error', () => {});
      lines.on('line', (line) => {
        const message = JSON.parse(line);
        if (message.say) saySteps(message.say);
        if (message.ready) resolve(true);
        if (message.error) reject(new Error(message.error));
        if (message.stopped) stoppedKeeper = message.stopped;
      });
    });

  /** @param {(step: string) => void} saySteps */
  async function enter(saySteps) {
    do {
      connection = await reachKeeper(folder, throwAway);
      if (leaving.signal.aborted) connection.end();
    } while (!(await isReady(connection, saySteps)) && !leaving.signal.aborted);
    connection.once('close', () => {
      if (!leaving.signal.aborted) joined = enter(() => {}).catch((error) => say(error.message));
    });
  }

  const leave = () => {
    leaving.abort();
    connection?.end();
  };
  async function release() {
    leave();
    await joined;
    if (connection && !connection.closed) await once(connection, 'close');
    if (stoppedKeeper) await untilGone(stoppedKeeper);
  }

  stop.addEventListener('abort', leave);
  let joined = enter(say);
  await joined;
  stop.removeEventListener('abort', leave);
  if (leaving.signal.aborted) await release();
  stop.throwIfAborted();
  return { env: JSON.parse(readFileSync(join(folder, 'connection.json'), 'utf8')), release };
}
