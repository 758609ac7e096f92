// Starts the measured processes, sends requests to them and measures the CPU that they use.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { JWT_SECRET } from './jobs.mjs';

/** Connections of the client, and so requests in flight. */
export const CONNECTIONS = 8;
const START_ATTEMPTS = 600;
const REQUEST_TIMEOUT_MS = 30_000;
/** `/proc/PID/stat` counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Settings of a service that caches answers: jobs measure how an answer is made, unless they say otherwise. */
export const WITH_CACHE = { CACHE_MAX_MB: '32' };

/** @typedef {{ name: string, pid: number, port: number, stop: () => Promise<void> }} Server */

/** @param {number[]} values */
export const median = (values) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The environment of a measured process. @param {string} name of the database */
export const environment = (name) => ({
  ...process.env,
  DATABASE_NAME: name,
  NODE_ENV: 'production',
  JWT_SECRET,
  LOG_LEVEL: 'fatal',
  RATE_LIMIT_PER_MINUTE: '0',
  RATE_LIMIT_LIKES_PER_DAY: '0',
  // The load comes from few users, who like as fast as a program.
  LIKE_TRUST_LIKES_PER_MINUTE: '0',
  REDIS_URL: '',
  CACHE_MAX_MB: '0',
});

/**
 * Runs a command of the service to its end.
 * @param {string} script @param {string} database @param {string[]} [args] @returns {Promise<void>}
 * @throws if it fails
 */
export async function runCommand(script, database, args = []) {
  const child = fork(script, args, { env: environment(database), stdio: ['ignore', 2, 2, 'ipc'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
}

/**
 * Starts a server and waits until it answers.
 * @param {string} script @param {number} port @param {string} database @param {Record<string, string>} [settings]
 * @returns {Promise<Server>}
 */
export async function serve(script, port, database, settings = {}) {
  const child = fork(script, {
    env: { ...environment(database), PORT: String(port), ...settings },
    stdio: ['ignore', 2, 2, 'ipc'],
    // As the Dockerfile starts the service.
    execArgv: ['--max-semi-space-size=16', '--heap-growing-percent=40'],
  });
  for (let attempt = 0; ; attempt++) {
    try {
      await send(port, '/health/live');
      break;
    } catch (error) {
      if (attempt === START_ATTEMPTS || child.exitCode !== null) {
        child.kill();
        throw error;
      }
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

/**
 * @param {number} port @param {import('./jobs.mjs').BenchRequest} benchRequest @param {number} [connections]
 * @returns {Promise<{ status: number, body: string }>}
 */
export function send(port, benchRequest, connections = CONNECTIONS) {
  agent.maxSockets = connections;
  const { body, ...options } = typeof benchRequest === 'string' ? { path: benchRequest } : benchRequest;
  return new Promise((resolve, reject) => {
    request({ port, agent, host: '127.0.0.1', timeout: REQUEST_TIMEOUT_MS, ...options }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    })
      .on('timeout', () => reject(new Error(`no answer to ${options.path}`)))
      .on('error', reject)
      .end(body);
  });
}

/** Seconds of CPU that a process has used. @param {number} pid */
export function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @param {number} pid @returns {number} resident megabytes */
export function residentMb(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** The process id of the database server; undefined if it runs on another machine. */
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
 * Sends requests for some seconds over all connections at once.
 * @param {Server} server @param {(n: number) => import('./jobs.mjs').BenchRequest} requestOf @param {number} seconds
 * @param {string | undefined} databaseProcess
 * @param {() => Promise<unknown>} [settle] waits for the work that the requests left to background workers: its CPU time counts
 * @returns requests a second; CPU milliseconds a request of the server (`cpu`) and of the database
 * @throws if a request failed
 */
export async function load(server, requestOf, seconds, databaseProcess, settle = async () => {}) {
  const cpu = () => ({
    server: cpuSecondsOf(server.pid),
    database: databaseProcess ? cpuSecondsOf(Number(databaseProcess)) : Number.NaN,
  });
  const before = cpu();
  const start = performance.now();
  const end = start + seconds * 1000;
  let sent = 0;
  let failed = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const { status } = await send(server.port, requestOf(sent++));
        // Some ids are of hidden properties.
        if (![200, 201, 404].includes(status)) failed++;
      }
    }),
  );
  const rate = (sent * 1000) / (performance.now() - start);
  await settle();
  const after = cpu();
  if (failed > 0)
    throw new Error(`${failed} of ${sent} requests failed, such as ${JSON.stringify(requestOf(0))}`);
  const perRequest = (/** @type {number} */ spent) => (spent * 1000) / sent;
  return {
    rate,
    cpu: perRequest(after.server - before.server),
    database: perRequest(after.database - before.database),
  };
}

/** Three digits, or whole above 100. @param {number} value */
export const rounded = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
