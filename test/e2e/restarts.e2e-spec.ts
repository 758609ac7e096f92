import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { addProperties } from '../support/factories.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

/** RESTARTS=100 runs the long version. */
const RESTARTS = Number(process.env.RESTARTS || 5);
const REQUESTS_PER_SECOND = 200;
/** Bounds the load on a busy machine: requests must not queue for longer than a drain lasts. */
const MAX_PENDING = 40;
const PROBE_MS = 200;
const PROBE_TIMEOUT_MS = 1_000;

/** One process of the service, as a load balancer sees it. */
interface Backend {
  port: number;
  agent: Agent;
  isReady: boolean;
  run: Run;
  stoppedAt: number;
}

useDatabase();

let authorizations: string[];
let properties: number[];
const backends: Backend[] = [];

beforeAll(async () => {
  properties = await addProperties(
    database,
    Array.from({ length: 20 }, () => ({})),
  );
  const users = await addUsers(
    database,
    Array.from({ length: 50 }, (_, i) => `user-${i}`),
  );
  const app = await startApp(database.config);
  authorizations = users.map((user) => `Bearer ${app.get(AccessTokens).issue(user)}`);
  await app.close();
  atEnd(stopBackends);
  for (let i = 0; i < 2; i++) {
    const port = await freePort();
    const run = startProcess(database, { PORT: String(port), LOG_LEVEL: 'info' });
    await listening(run);
    backends.push({ port, run, isReady: true, stoppedAt: 0, agent: new Agent({ keepAlive: true }) });
  }
}, 120_000);

async function stopBackends(): Promise<void> {
  for (const { run, agent } of backends) {
    run.child.kill('SIGKILL');
    agent.destroy();
    await run.ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Sends one request over a kept connection, without retries. */
function send(
  { port, agent }: Pick<Backend, 'port' | 'agent'>,
  method: string,
  path: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const authorization = authorizations[Math.floor(Math.random() * authorizations.length)];
    const sent = request({ port, host: '127.0.0.1', method, path, agent, headers: { authorization } });
    sent.once('error', reject);
    sent.once('response', (response) => {
      response
        .once('error', reject)
        .once('end', () => resolve(response.statusCode ?? 0))
        .resume();
    });
    sent.end();
  });
}

async function probe(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  return fetch(`http://127.0.0.1:${port}/health/ready`, { signal, headers: { connection: 'close' } }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Sends requests to the ready backends, and probes readiness as a load balancer does. */
function startLoad(): { stop: () => Promise<{ sent: number; failed: string[] }> } {
  const failed: string[] = [];
  const pending = new Set<Promise<void>>();
  let sent = 0;
  let due = 0;
  let ticked = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    due = Math.min(due + ((now - ticked) / 1_000) * REQUESTS_PER_SECOND, sent + 20);
    ticked = now;
    while (sent < due && pending.size < MAX_PENDING) {
      const id = properties[Math.floor(sent / 4) % properties.length]!;
      const [method, path] = [
        ['GET', `/v1/properties/${id}`],
        ['GET', '/v1/properties?limit=5'],
        ['PUT', `/v1/properties/${id}/like`],
        ['DELETE', `/v1/properties/${id}/like`],
      ][sent % 4] as [string, string];
      const ready = backends.filter(({ isReady }) => isReady);
      if (ready.length === 0) return;
      const backend = ready[Math.floor(sent / 4) % ready.length]!;
      sent++;
      const answered = send(backend, method, path).then(
        (status) => void (status >= 500 && failed.push(`${method} ${path}: ${status}`)),
        (error: Error) =>
          void failed.push(
            `${method} ${path}: ${error.message}, ${backend.stoppedAt ? Math.round(performance.now() - backend.stoppedAt) : 'no'} ms after SIGTERM`,
          ),
      );
      pending.add(answered);
      void answered.finally(() => pending.delete(answered));
    }
  }, 5);
  const probes = setInterval(() => {
    for (const backend of backends) {
      const { port, run } = backend;
      void probe(port).then((isReady) => (backend.isReady = backend.run === run && isReady));
    }
  }, PROBE_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      clearInterval(probes);
      await Promise.all(pending);
      return { sent, failed };
    },
  };
}

it(
  `loses no request in ${RESTARTS} restarts under load`,
  async () => {
    const load = startLoad();
    const codes: (number | null)[] = [];
    const drains: number[] = [];
    for (let restart = 0; restart < RESTARTS; restart++) {
      const backend = backends[restart % 2]!;
      const start = performance.now();
      backend.stoppedAt = start;
      backend.run.child.kill('SIGTERM');
      codes.push(await backend.run.ended);
      drains.push(performance.now() - start);
      backend.run = startProcess(database, { PORT: String(backend.port), LOG_LEVEL: 'info' });
      await listening(backend.run);
      while (!backend.isReady) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { sent, failed } = await load.stop();
    if (process.env.RESTARTS)
      process.stderr.write(
        `${RESTARTS} restarts, ${sent} requests, ${failed.length} lost, drains of ${Math.round(Math.min(...drains))} to ${Math.round(Math.max(...drains))} ms\n`,
      );
    expect(failed).toEqual([]);
    expect(codes).toEqual(Array.from({ length: RESTARTS }, () => 0));
    expect(sent).toBeGreaterThan(RESTARTS * 50);
  },
  60_000 + RESTARTS * 40_000,
);
