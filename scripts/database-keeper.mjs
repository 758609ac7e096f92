// node scripts/database-keeper.mjs FOLDER [--throw-away]
// Owns a private database server, the one of FOLDER, while somebody is connected to its socket; started and
// spoken to by local-database.mjs. Every user of the machine can open the socket: no secret goes over it.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { initialise, obtainServer } from './database-engine.mjs';
import { chooseConnection, isUp, loggedErrors, startServer } from './database-server.mjs';
import { connect, listenAlone, socketOf } from './single-instance.mjs';

/** @typedef {import('node:net').Socket} Socket */

const folder = String(process.argv[2]);
const throwAway = process.argv[3] === '--throw-away';

/** @type {Set<Socket>} */
const clients = new Set();
/** They have left and wait for us to end. @type {Set<Socket>} */
const leavers = new Set();
/** What a new client has to know. @type {{ say?: string, ready?: true, error?: string }} */
let state = {};
/** Aborted when the last client leaves. */
let use = new AbortController();
const termination = new AbortController();

// Two that remove the same folder get into each other's way now and then.
const removal = { recursive: true, force: true, maxRetries: 5 };

/** @param {string} text */
const log = (text) => console.error(`${new Date().toISOString()} ${process.pid} ${folder}: ${text}`);

/** @param {typeof state} news */
function tell(news) {
  state = news;
  log(JSON.stringify(news));
  for (const client of clients) client.write(`${JSON.stringify(news)}\n`);
}

/** @param {string} step */
const say = (step) => tell({ say: step });

function stop() {
  state = {}; // Who comes now has to wait for the next start.
  use.abort();
}

/** @param {Socket} client */
function welcome(client) {
  for (const leaver of leavers) leaver.end();
  leavers.clear();
  clients.add(client);
  client.write(`${JSON.stringify(state)}\n`);
  const leave = () => {
    if (!clients.delete(client)) return;
    if (clients.size > 0) {
      client.end();
    } else {
      leavers.add(client);
      stop();
    }
  };
  client
    .on('error', () => {})
    .on('end', leave)
    .on('close', leave)
    .resume();
}

/** @param {number} pid */
function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It has just ended.
  }
}

/**
 * Servers, and makers of a data folder, that a killed keeper left behind.
 * @param {string} place
 * @returns {number[]} process numbers
 */
function strays(place) {
  const theirs = ['data', 'data.new'].map((data) => `--datadir=${join(place, data)}`);
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Boolean);
    return pids.filter((pid) => argumentsOf(pid).some((it) => theirs.includes(it)));
  }
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => theirs.some((it) => line.includes(it))).map((line) => parseInt(line));
}

/** @param {string} place @param {NodeJS.Signals} signal for the first minute */
async function stopStrays(place, signal) {
  const told = new Set();
  for (let waits = 0, pids = strays(place); pids.length > 0; waits++, pids = strays(place)) {
    if (waits === 1200) told.clear();
    for (const pid of pids.filter((it) => !told.has(it))) {
      log(`stopping process ${pid}, left behind`);
      told.add(pid);
      try {
        process.kill(pid, waits < 1200 ? signal : 'SIGKILL');
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
      }
    }
    await sleep(50);
  }
}

/** Throw-away folders whose keeper was killed. */
async function removeLeftovers() {
  const others = readdirSync('..').map((name) => resolve('..', name));
  for (const place of others.filter((it) => it !== process.cwd())) {
    const keeper = await connect(socketOf(place));
    keeper?.destroy();
    if (keeper) continue;
    await stopStrays(place, 'SIGKILL');
    rmSync(place, removal);
  }
}

/**
 * Runs the server, again if it dies, until the signal.
 * @param {AbortSignal} signal
 */
async function serve(signal) {
  if (throwAway) await removeLeftovers();
  await stopStrays(process.cwd(), throwAway ? 'SIGKILL' : 'SIGTERM');
  const server = await obtainServer(say);
  signal.throwIfAborted();
  if (!existsSync('data')) {
    say(`making a ${server.engine} data folder`);
    await initialise(server, signal);
  }
  say('starting the database');
  const port = await chooseConnection();
  let wasUp = false;
  for (let crashes = 0; !signal.aborted;) {
    const startedAt = Date.now();
    const child = startServer(server, port, throwAway);
    const exited = once(child, 'exit');
    const end = () => {
      child.kill(throwAway ? 'SIGKILL' : 'SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 60_000).unref();
    };
    signal.addEventListener('abort', end);
    if ((await isUp(child)) && !signal.aborted) tell({ ready: (wasUp = true) });
    const [code, killedBy] = await exited;
    signal.removeEventListener('abort', end);
    if (signal.aborted) return;
    crashes = Date.now() - startedAt > 10_000 ? 1 : crashes + 1;
    if (!wasUp || crashes > 8) throw new Error(`The database server does not start:\n${loggedErrors()}`);
    log(`the server ended by itself (${killedBy ?? code}), starting it again`);
    state = { say: 'waiting for the database, which crashed' };
    await sleep(100 * 2 ** Math.min(crashes, 6), undefined, { signal });
  }
}

const listener = await listenAlone(socketOf(folder), welcome);
if (!listener) process.exit();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => {
    termination.abort();
    stop();
  });
}
// Not before it listens: removeLeftovers() of another keeper would take the folder for abandoned.
mkdirSync(folder, { recursive: true, mode: 0o700 });
process.chdir(folder);
await Promise.race([once(listener, 'connection'), sleep(10_000)]);

while (clients.size > 0 && !termination.signal.aborted) {
  use = new AbortController();
  try {
    await serve(use.signal);
  } catch (error) {
    if (!use.signal.aborted) {
      tell({ error: error instanceof Error ? error.message : String(error) });
      process.exitCode = 1;
      break;
    }
    await stopStrays(process.cwd(), 'SIGKILL');
  }
}
if (throwAway) {
  process.chdir('/');
  rmSync(folder, removal);
}
for (const leaver of leavers) leaver.end(`${JSON.stringify({ stopped: process.pid })}\n`);
log('ends');
process.exit();
