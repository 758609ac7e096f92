// The processes that are measured, and what asks them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { JWT_SECRET } from './jobs.mjs';

export const CONNECTIONS = 8;

/** @typedef {{ name: string, pid: number, port: number, stop: () => Promise<void> }} Server */

/** @param {number[]} values */
export const median = (values) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @param {string} name */
export const environment = (name) => ({
  ...process.env,
  DATABASE_NAME: name,
  NODE_ENV: 'production',
  JWT_SECRET,
  LOG_LEVEL: 'fatal',
  RATE_LIMIT_PER_MINUTE: '0',
  REDIS_URL: '',
});

/** @param {string} script @param {string} database @param {string[]} [args] @returns {Promise<void>} */
export async function command(script, database, args = []) {
  const child = fork(script, args, { env: environment(database), stdio: ['ignore', 2, 2, 'ipc'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
}

/** @param {string} script @param {number} port @param {string} database @returns {Promise<Server>} */
export async function serve(script, port, database) {
  const child = fork(script, {
    env: { ...environment(database), PORT: String(port) },
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  for (let tries = 0; ; tries++) {
    try {
      await ask(port, '/health/live');
      break;
    } catch (error) {
      if (tries === 100 || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    name: script,
    pid: /** @type {number} */ (child.pid),
    port,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/** @param {number} port @param {import('./jobs.mjs').Question} question @returns {Promise<{ status: number, body: string }>} */
export function ask(port, question) {
  const options = typeof question === 'string' ? { path: question } : question;
  return new Promise((resolve, reject) => {
    request({ port, agent, host: '127.0.0.1', timeout: 30_000, ...options }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    })
      .on('timeout', () => reject(new Error(`no answer to ${JSON.stringify(question)}`)))
      .on('error', reject)
      .end();
  });
}

/** Seconds of CPU that a process has used. @param {number} pid */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The server's process, when it runs here: the one that was started with this port. */
export function databasePid() {
  const port = process.env.DATABASE_PORT;
  return readdirSync('/proc').find((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(`--port=${port}`)
      );
    } catch {
      return false;
    }
  });
}

/**
 * Asks for some seconds over a few connections at once.
 * @param {Server} server @param {(n: number) => import('./jobs.mjs').Question} pathOf @param {number} seconds @param {string | undefined} databaseProcess
 */
export async function load(server, pathOf, seconds, databaseProcess) {
  const cpu = () => ({
    server: cpuOf(server.pid),
    database: databaseProcess ? cpuOf(Number(databaseProcess)) : Number.NaN,
  });
  const before = cpu();
  const start = performance.now();
  const end = start + seconds * 1000;
  let asked = 0;
  let failed = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const { status } = await ask(server.port, pathOf(asked++));
        // Some ids are of hidden homes.
        if (![200, 201, 404].includes(status)) failed++;
      }
    }),
  );
  const after = cpu();
  if (failed > 0)
    throw new Error(`${failed} of ${asked} requests failed, such as ${JSON.stringify(pathOf(0))}`);
  const perRequest = (/** @type {number} */ spent) => (spent * 1000) / asked;
  return {
    rate: (asked * 1000) / (performance.now() - start),
    cpu: perRequest(after.server - before.server),
    database: perRequest(after.database - before.database),
  };
}

/** @param {number} value */
export const rounded = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
