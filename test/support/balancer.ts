import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestDatabase } from './database.js';
import { listening, type Run, startProcess } from './process.js';

const PROBE_MS = 200;
const PROBE_TIMEOUT_MS = 1_000;

/** One request of the load. */
export interface Sent {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

interface LoadOptions {
  requestsPerSecond: number;
  /** Bounds the load on a busy machine: requests must not queue for longer than a drain lasts. */
  maxPending: number;
  /** Says whether a status is a failure. */
  isFailure: (status: number) => boolean;
}

/** One process of the service, as a load balancer sees it. */
interface Backend {
  port: number;
  agent: Agent;
  isReady: boolean;
  run: Run;
  stoppedAt: number;
}

/** Some processes of the service, and a load that goes to those that are ready. */
export class Balancer {
  private constructor(
    private readonly database: TestDatabase,
    private readonly backends: readonly Backend[],
  ) {}

  /** @param program the built app; of this clone by default */
  static async start(database: TestDatabase, processes: number, program?: string): Promise<Balancer> {
    const backends: Backend[] = [];
    for (let i = 0; i < processes; i++) {
      const port = await freePort();
      const run = startProcess(database, settings(port), program);
      await listening(run);
      backends.push({ port, run, isReady: true, stoppedAt: 0, agent: new Agent({ keepAlive: true }) });
    }
    return new Balancer(database, backends);
  }

  /**
   * Stops a process by SIGTERM, starts the program in its place, and waits until it is ready.
   * @returns its exit code, and how long it took to stop
   */
  async replace(number: number, program?: string): Promise<{ code: number | null; drainMs: number }> {
    const backend = this.backends[number]!;
    const start = performance.now();
    backend.stoppedAt = start;
    backend.run.child.kill('SIGTERM');
    const code = await backend.run.ended;
    const drainMs = performance.now() - start;
    backend.run = startProcess(this.database, settings(backend.port), program);
    await listening(backend.run);
    while (!backend.isReady) await new Promise((resolve) => setTimeout(resolve, 50));
    return { code, drainMs };
  }

  async stop(): Promise<void> {
    for (const { run, agent } of this.backends) {
      run.child.kill('SIGKILL');
      agent.destroy();
      await run.ended;
    }
  }

  /**
   * Sends requests to the ready processes, and probes readiness as a load balancer does. Each four requests in a row go to one process.
   * @param next the request of this number
   */
  startLoad(
    next: (number: number) => Sent,
    { requestsPerSecond, maxPending, isFailure }: LoadOptions,
  ): { stop: () => Promise<{ sent: number; failed: string[] }> } {
    const failed: string[] = [];
    const pending = new Set<Promise<void>>();
    let sent = 0;
    let due = 0;
    let ticked = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      due = Math.min(due + ((now - ticked) / 1_000) * requestsPerSecond, sent + 20);
      ticked = now;
      while (sent < due && pending.size < maxPending) {
        const ready = this.backends.filter(({ isReady }) => isReady);
        if (ready.length === 0) return;
        const backend = ready[Math.floor(sent / 4) % ready.length]!;
        const it = next(sent++);
        const fail = (what: string): void => void failed.push(`${it.method} ${it.path}: ${what}`);
        const answered = send(backend, it).then(
          ({ status, type }) => (isFailure(status) ? fail(`${status} ${type}`) : undefined),
          (error: Error) =>
            fail(
              `${error.message}, ${backend.stoppedAt ? Math.round(performance.now() - backend.stoppedAt) : 'no'} ms after SIGTERM`,
            ),
        );
        pending.add(answered);
        void answered.finally(() => pending.delete(answered));
      }
    }, 5);
    const probes = setInterval(() => {
      for (const backend of this.backends) {
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
}

const settings = (port: number) => ({ PORT: String(port), LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '0' });

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Sends one request over a kept connection, without retries. @returns the status, and the type of a problem */
function send(
  { port, agent }: Backend,
  { method, path, headers, body }: Sent,
): Promise<{ status: number; type: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, agent, headers });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const status = response.statusCode ?? 0;
      text(response).then(
        (answer) => resolve({ status, type: /"type":"([^"]+)"/.exec(answer)?.[1] ?? '' }),
        reject,
      );
    });
    sent.end(body);
  });
}

async function probe(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  return fetch(`http://127.0.0.1:${port}/health/ready`, { signal, headers: { connection: 'close' } }).then(
    ({ ok }) => ok,
    () => false,
  );
}
