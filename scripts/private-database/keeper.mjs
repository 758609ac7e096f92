// node scripts/private-database/keeper.mjs FOLDER [--throw-away]
// The keeper of the private database in FOLDER. It runs the server while at least one client is connected to its socket.
// use-database.mjs starts it and connects to it. Every user of the machine can open the socket, so it carries no secret.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { initialise, obtainServer } from './engine.mjs';
import { chooseConnection, isUp, loggedErrors, startServer } from './server.mjs';
import { connect, listenAlone, socketOf } from '../processes/single-instance.mjs';

/** @typedef {import('node:net').Socket} Socket */

const folder = String(process.argv[2]);
const throwAway = process.argv[3] === '--throw-away';

const WAIT_MS = 50;
const WAITS_PER_MINUTE = 60_000 / WAIT_MS;
/** A server that ran for longer than this resets the count of crashes. */
const STABLE_MS = 10_000;
const MAX_CRASHES_IN_A_ROW = 8;

/** @type {Set<Socket>} */
const clients = new Set();
/** Clients that closed their side and wait for the end of the keeper. @type {Set<Socket>} */
const leavers = new Set();
/** The last message; a new client gets it first. @type {{ say?: string, ready?: true, error?: string }} */
let status = {};
/** Aborted when the last client leaves. */
let serving = new AbortController();
const termination = new AbortController();

// Two keepers may remove the same folder at the same time, so removal is retried.
const removeOptions = { recursive: true, force: true, maxRetries: 5 };

/** @param {string} text */
const log = (text) => console.error(`${new Date().toISOString()} ${process.pid} ${folder}: ${text}`);

/** @param {typeof status} newStatus */
function broadcast(newStatus) {
  status = newStatus;
  log(JSON.stringify(newStatus));
  for (const client of clients) client.write(`${JSON.stringify(newStatus)}\n`);
}

/** @param {string} step */
const say = (step) => broadcast({ say: step });

function stop() {
  status = {}; // A new client waits for the next start.
  serving.abort();
}

/** @param {Socket} client */
function welcome(client) {
  for (const leaver of leavers) leaver.end();
  leavers.clear();
  clients.add(client);
  client.write(`${JSON.stringify(status)}\n`);
  const leave = () => {
    if (!clients.delete(client)) return;
    if (clients.size === 0) {
      leavers.add(client);
      stop();
    } else client.end();
  };
  for (const event of ['end', 'close']) client.on(event, leave);
  client.on('error', () => {}).resume();
}

/** @param {number} pid */
function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // The process has ended.
  }
}

/**
 * Server processes that a killed keeper left running, also those that create a data folder.
 * @param {string} databaseFolder
 * @returns {number[]} process ids
 */
function orphanedServers(databaseFolder) {
  const dataOptions = ['data', 'data.new'].map((data) => `--datadir=${join(databaseFolder, data)}`);
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Boolean);
    return pids.filter((pid) => argumentsOf(pid).some((argument) => dataOptions.includes(argument)));
  }
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => dataOptions.some((option) => line.includes(option)))
    .map((line) => parseInt(line));
}

/** @param {string} databaseFolder @param {NodeJS.Signals} signal for the first minute; then SIGKILL */
async function stopOrphans(databaseFolder, signal) {
  const signalled = new Set();
  for (let waits = 0; ; waits++) {
    const pids = orphanedServers(databaseFolder);
    if (pids.length === 0) return;
    if (waits === WAITS_PER_MINUTE) signalled.clear();
    for (const pid of pids.filter((it) => !signalled.has(it))) {
      log(`stopping orphaned server process ${pid}`);
      signalled.add(pid);
      try {
        process.kill(pid, waits < WAITS_PER_MINUTE ? signal : 'SIGKILL');
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
      }
    }
    await sleep(WAIT_MS);
  }
}

/** Removes throw-away databases whose keeper was killed. */
async function removeAbandoned() {
  const others = readdirSync('..').map((name) => resolve('..', name));
  for (const other of others.filter((it) => it !== process.cwd())) {
    const keeper = await connect(socketOf(other));
    keeper?.destroy();
    if (keeper) continue;
    await stopOrphans(other, 'SIGKILL');
    rmSync(other, removeOptions);
  }
}

/**
 * Runs the server until the signal, and restarts it after a crash.
 * @throws {Error} when the server does not start, or crashes repeatedly
 * @param {AbortSignal} signal
 */
async function serve(signal) {
  if (throwAway) await removeAbandoned();
  await stopOrphans(process.cwd(), throwAway ? 'SIGKILL' : 'SIGTERM');
  const server = await obtainServer(say);
  signal.throwIfAborted();
  if (!existsSync('data')) {
    say(`creating a ${server.engine} data folder`);
    await initialise(server, signal);
  }
  say('starting the database');
  const port = await chooseConnection();
  let wasUp = false;
  for (let crashes = 0; !signal.aborted;) {
    const startedAt = Date.now();
    const child = startServer(server, port, throwAway);
    const exited = once(child, 'exit');
    const stopServer = () => {
      child.kill(throwAway ? 'SIGKILL' : 'SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 60_000).unref();
    };
    signal.addEventListener('abort', stopServer);
    if ((await isUp(child)) && !signal.aborted) broadcast({ ready: (wasUp = true) });
    const [code, killedBy] = await exited;
    signal.removeEventListener('abort', stopServer);
    if (signal.aborted) return;
    crashes = Date.now() - startedAt > STABLE_MS ? 1 : crashes + 1;
    if (!wasUp || crashes > MAX_CRASHES_IN_A_ROW)
      throw new Error(`The database server does not start:\n${loggedErrors()}`);
    log(`the server ended unexpectedly (${killedBy ?? code}); restarting it`);
    status = { say: 'waiting for the database, which crashed' };
    await sleep(100 * 2 ** Math.min(crashes, 6), undefined, { signal });
  }
}

const listener = await listenAlone(socketOf(folder), welcome);
if (!listener) process.exit();
termination.signal.addEventListener('abort', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => termination.abort());
// Created only after the keeper listens: otherwise removeAbandoned() of another keeper would remove the folder.
mkdirSync(folder, { recursive: true, mode: 0o700 });
process.chdir(folder);
await Promise.race([once(listener, 'connection'), sleep(10_000)]);

while (clients.size > 0 && !termination.signal.aborted) {
  serving = new AbortController();
  try {
    await serve(serving.signal);
  } catch (error) {
    if (!serving.signal.aborted) {
      broadcast({ error: error instanceof Error ? error.message : String(error) });
      process.exitCode = 1;
      break;
    }
    await stopOrphans(process.cwd(), 'SIGKILL');
  }
}
if (throwAway) {
  process.chdir('/');
  rmSync(folder, removeOptions);
}
for (const leaver of leavers) leaver.end(`${JSON.stringify({ stopped: process.pid })}\n`);
log('ends');
process.exit();
