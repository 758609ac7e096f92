import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, socketOf } from '../processes/single-instance.mjs';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));
export const localFolder = join(projectFolder, '.local');
const keeperScript = fileURLToPath(new URL('keeper.mjs', import.meta.url));
const keeperLog = join(localFolder, 'keeper.log');

/** Variables that are already set take precedence over the file. */
export function loadDotEnv() {
  const file = join(projectFolder, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * Connects to the keeper of a private database, and starts the keeper if it does not run.
 * @param {string} folder @param {boolean} throwAway @returns {Promise<import('node:net').Socket>}
 */
async function connectToKeeper(folder, throwAway) {
  const socket = socketOf(folder);
  const args = [keeperScript, folder, ...(throwAway ? ['--throw-away'] : [])];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let keeper;
  for (;;) {
    const connection = await connect(socket);
    if (connection) return connection;
    if (keeper?.exitCode) throw new Error(`The keeper of the private database ended: see ${keeperLog}`);
    // Exit code 0: another keeper was faster and has ended since. A signal: the keeper was killed.
    if (!keeper || keeper.exitCode === 0 || keeper.signalCode) {
      // Detached: Ctrl-C here does not stop the keeper. It ends with its last client.
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
    // Bounded: in a container without an init process, a dead process keeps its id.
    for (let i = 0; i < 100; i++, await sleep(10)) process.kill(pid, 0);
  } catch {
    // No such process.
  }
}

/**
 * Uses the database that DATABASE_HOST names, or else a private database, which is started if it does not run. A private
 * database runs while it has clients. However this process ends, the kernel closes its connection to the keeper.
 * @param {object} options
 * @param {boolean} [options.throwAway] creates a private database that is deleted after use
 * @param {string} [options.folder] data folder in .local/ of a private database that is kept
 * @param {(step: string) => void} options.say reports the steps of the start
 * @param {AbortSignal} options.stop cancels the wait for the start
 * @returns {Promise<{ env: Record<string, string>, release: () => Promise<void> }>} `env`: settings of the private database.
 *   `release` ends the use; if this was the last client, it resolves after server and keeper have ended
 */
export async function useDatabase({ throwAway = false, folder: name = 'database', say, stop }) {
  loadDotEnv();
  stop.throwIfAborted();
  if (process.env.DATABASE_HOST) return { env: {}, release: async () => {} };

  const folder = join(localFolder, throwAway ? `throw-away/${randomUUID()}` : name);
  mkdirSync(join(folder, '..'), { recursive: true });
  /** @type {import('node:net').Socket | undefined} */
  let connection;
  const leaving = new AbortController();
  let stoppedKeeper = 0;

  /** @param {import('node:net').Socket} keeper @param {(step: string) => void} saySteps */
  const isReady = (keeper, saySteps) =>
    new Promise((resolve, reject) => {
      // A killed keeper resets the connection. Every error is followed by `close`; readline emits the error again.
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
      connection = await connectToKeeper(folder, throwAway);
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
