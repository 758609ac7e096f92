import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { childrenOf, listening, type Run, startProcess } from '../support/process.js';
import { atEnd, connect, database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

const COUNT = 2;

useDatabase();

let property: number;
beforeAll(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  [property] = (await addProperties(database, [{ price: 100 }])) as [number];
});

interface Cluster extends Run {
  address: string;
  /** Process ids of the serving processes. */
  processes: () => number[];
}

async function start(env: Record<string, string> = {}, program?: string): Promise<Cluster> {
  const run = startProcess(database, { WEB_CONCURRENCY: String(COUNT), ...env }, program);
  atEnd(async () => {
    run.child.kill('SIGKILL');
    await run.ended;
  });
  const address = await listening(run);
  const processes = (): number[] => childrenOf(run.child.pid!);
  await until(async () => run.output().split('listening at http://127').length > COUNT);
  return { ...run, address, processes };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends a request on a connection of its own: connections are dealt to the processes in turn. */
async function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: object } = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  const sent = request(url, {
    method,
    agent: new Agent({ keepAlive: false }),
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
  });
  sent.end(body && JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode!, headers: answer.headers, text: await text(answer) };
}

const repeat = async <T>(times: number, action: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await action());
  return results;
};

async function metricsOf(address: string): Promise<Map<string, number>> {
  const { text } = await ask(`${address}/metrics`);
  return new Map(
    [...text.matchAll(/^([^#\s]\S*) (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

const signIn = (address: string, password = PASSWORD) =>
  ask(`${address}/v1/auth/login`, { method: 'POST', body: { username: 'sonia', password } });

const isReady = async (address: string): Promise<boolean> =>
  (await ask(`${address}/health/ready`)).status === 200;

describe('WEB_CONCURRENCY=2', () => {
  const LIMIT = 1_000;
  const SIGN_INS = 6;
  let cluster: Cluster;
  let address: string;

  beforeAll(async () => {
    cluster = await start({
      RATE_LIMIT_PER_MINUTE: String(LIMIT),
      RATE_LIMIT_SIGN_IN_PER_MINUTE: String(SIGN_INS),
    });
    ({ address } = cluster);
  });

  it('counts the requests of all processes for the rate limits', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${address}/v1/places?q=x`)));
    const remaining = answers.map(({ headers }) =>
      Number(/"default";r=(\d+)/.exec(String(headers['ratelimit']))?.[1]),
    );
    expect(remaining.toSorted((a, b) => b - a)).toEqual(Array.from({ length: 20 }, (_, i) => LIMIT - 1 - i));
  });

  it('adds up the metrics of all processes', async () => {
    await repeat(10, () => ask(`${address}/v1/properties/${property}`));
    const count = 'http_request_duration_seconds_count{method="GET",route="/v1/properties/:id",status="200"}';
    for (const metrics of await repeat(2, () => metricsOf(address))) {
      expect(metrics.get(count)).toBe(10);
      expect([...metrics].find(([name]) => name.startsWith('property_service_build_info'))?.[1]).toBe(1);
    }
  });

  it('shows a change that one process made in the cached answers of all', async () => {
    const signedIn = await signIn(address);
    const { accessToken } = JSON.parse(signedIn.text) as { accessToken: string };
    for (const price of [200, 300]) {
      const { status } = await ask(`${address}/v1/properties/${property}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${accessToken}` },
        body: { price },
      });
      expect(status).toBe(200);
      for (const { text } of await repeat(6, () => ask(`${address}/v1/properties`)))
        expect(text).toContain(`"price":${price}`);
    }
    // Two processes that count for themselves would examine all of them.
    const attempts = await Promise.all(
      Array.from({ length: COUNT * SIGN_INS }, () => signIn(address, 'wrong')),
    );
    expect(attempts.map(({ status }) => status)).toContain(429);
  });

  it('replaces a process that is killed, and each background worker runs in one process again', async () => {
    const active = async (): Promise<unknown[]> => {
      const metrics = await metricsOf(address);
      return [metrics.get('ranking_consumer_active'), metrics.get('catch_up_active')];
    };
    await until(async () => String(await active()) === '1,1');
    const [killed] = cluster.processes();
    process.kill(killed!, 'SIGKILL');
    await until(async () => !cluster.processes().includes(killed!) && cluster.processes().length === COUNT);
    await until(async () => String(await active()) === '1,1');
    expect(await isReady(address)).toBe(true);
  });

  it('SIGTERM lets all processes answer their requests, ends with 0 and leaves no process', async () => {
    const pids = cluster.processes();
    const locker = await connect();
    await locker.run('lock tables status_history write');
    const pending = Promise.all(
      Array.from({ length: 6 }, () => ask(`${address}/v1/properties/${property}/status-history`)),
    );
    const waiting = async (): Promise<number> =>
      (await locker.run<{ State: string | null }>('show full processlist')).filter(({ State }) =>
        /waiting for table/i.test(State ?? ''),
      ).length;
    await until(async () => (await waiting()) >= COUNT);
    cluster.child.kill('SIGTERM');
    await until(async () => !(await isReady(address)));
    await locker.run('unlock tables');
    expect((await pending).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await cluster.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('a process that hangs', () => {
  const SILENT_MS = 8_000;
  let cluster: Cluster;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    atEnd(() => rmSync(folder, { recursive: true }));
    const program = join(folder, 'main.mjs');
    const dist = new URL('../../dist/', import.meta.url);
    // As main.js, with a shorter limit.
    writeFileSync(
      program,
      `import { Primary } from '${new URL('cluster/primary.js', dist).href}';
      import { createLogger } from '${new URL('logging.js', dist).href}';
      const worker = ${JSON.stringify(fileURLToPath(new URL('cluster-worker.js', dist)))};
      await new Primary(createLogger('info'), worker, ${SILENT_MS}).start(${COUNT});`,
    );
    cluster = await start({}, program);
  });

  it('is killed and replaced, and the others stay', async () => {
    const [hanging, other] = cluster.processes();
    process.kill(hanging!, 'SIGSTOP');
    await until(async () => !cluster.processes().includes(hanging!) && cluster.processes().length === COUNT);
    expect(cluster.processes()).toContain(other);
    await until(async () => cluster.output().split('listening at http://127').length > COUNT + 1);
  });

  it('none is killed when all were stopped, as on a laptop that slept', async () => {
    const all = [cluster.child.pid!, ...cluster.processes()];
    const stoppedAt = performance.now();
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    await until(async () => performance.now() - stoppedAt > SILENT_MS + 1_000);
    // The primary first: it must not judge by what it has not read.
    for (const pid of all) process.kill(pid, 'SIGCONT');
    const resumedAt = performance.now();
    await until(async () => performance.now() - resumedAt > 3_000);
    expect(cluster.processes()).toEqual(all.slice(1));
    expect(await isReady(cluster.address)).toBe(true);
  });
});

describe('processes that end at once', () => {
  let cluster: Cluster;
  let folder: string;
  let flag: string;
  let log: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    atEnd(() => rmSync(folder, { recursive: true }));
    [flag, log] = [join(folder, 'flag'), join(folder, 'log')];
    const hook = join(folder, 'hook.mjs');
    // While the flag exists, a process ends before it loads the service.
    writeFileSync(
      hook,
      `import { appendFileSync, existsSync } from 'node:fs';
      if (existsSync('${flag}')) { appendFileSync('${log}', Date.now() + '\\n'); process.exit(7); }`,
    );
    cluster = await start({ NODE_OPTIONS: `--import=${hook}` });
  });

  it('are started less and less often, and the others serve', async () => {
    const { address, processes } = cluster;
    const [killed, other] = processes();
    writeFileSync(flag, '');
    process.kill(killed!, 'SIGKILL');
    const times = (): number[] =>
      existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(Number) : [];
    await until(async () => times().length >= 4);
    const [first = 0, second = 0, third = 0, fourth = 0] = times();
    expect(second - first).toBeGreaterThanOrEqual(500);
    expect(third - second).toBeGreaterThanOrEqual(1_000);
    expect(fourth - third).toBeGreaterThanOrEqual(2_000);
    expect(processes()).toEqual([other]);
    expect(await isReady(address)).toBe(true);
    rmSync(flag);
    await until(async () => processes().length === COUNT);
  });

  it('none stays when the primary is killed', async () => {
    const pids = cluster.processes();
    cluster.child.kill('SIGKILL');
    await until(async () => !pids.some(isAlive));
  });

  it('print one sentence when the port is taken', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const run = startProcess(database, { WEB_CONCURRENCY: '2', PORT: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(`Port ${port} is taken by another program; set PORT to a free one.\n`);
    server.close();
  });
});
