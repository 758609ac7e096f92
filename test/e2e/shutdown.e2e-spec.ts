import { once } from 'node:events';
import { Agent, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { listening, type Run, startProcess } from '../support/process.js';
import { naive, addLikes, updateRanking } from '../support/ranking.js';
import { database, useDatabase } from '../support/suite.js';
import { until } from '../support/until.js';

/** Identifies the statement of the request that a test holds. */
const MARK = 987_654_321;
/** Larger than the buffers of a connection, so the answer waits for its reader. */
const CSV_THOUSANDS = 12;

useDatabase();

let propertyId: number;
const runs: Run[] = [];
const lockers: TestDatabase[] = [];

beforeAll(async () => {
  await addUsers(database, ['sonia'], { isStaff: true });
  [propertyId] = (await addProperties(database, [{}])) as [number];
});
afterEach(async () => {
  for (const { child } of runs.splice(0)) child.kill('SIGKILL');
  for (const locker of lockers.splice(0)) await locker.close();
});

async function start(): Promise<Run & { address: string; port: number }> {
  const run = startProcess(database);
  runs.push(run);
  const address = await listening(run);
  // The first requests fill the caches, so the requests under test need few statements.
  expect((await fetch(`${address}/v1/properties`)).status).toBe(200);
  return { ...run, address, port: Number(new URL(address).port) };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function ask(url: string, agent: Agent): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent }, resolve).once('error', reject);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** Opens a raw connection and sends the text. */
function send(port: number, request: string): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(request);
  return socket;
}

async function lock(tables: string): Promise<TestDatabase> {
  const locker = await TestDatabase.connect(database.config);
  lockers.push(locker);
  await locker.run(`lock tables ${tables}`);
  return locker;
}

/** Locks the table, so each request that reads properties waits for as long as the test wants. */
async function lockProperties(): Promise<TestDatabase> {
  return lock('property write');
}

async function isRequestWaiting(): Promise<boolean> {
  const rows = await database.run<{ State?: string; Info?: string }>('show full processlist');
  return rows.some(
    ({ State, Info }) => /waiting for table/i.test(State ?? '') && Info?.includes(String(MARK)),
  );
}

it('answers at once who waits for changes', async () => {
  const { address, child, ended } = await start();
  const { page } = (await (await fetch(`${address}/v1/changes`)).json()) as { page: { next: number } };
  const waiting = fetch(`${address}/v1/changes?after=${page.next}&wait=25`);
  // The process reads it after the request before.
  expect((await fetch(`${address}/health/live`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await (await waiting).json()).toMatchObject({ items: [], page });
  expect(await ended).toBe(0);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('is immediately not ready, answers new requests with Connection: close, and exits with 0', async () => {
    const { address, child, ended } = await start();
    const open = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(`${address}/v1/properties`, open)).headers.connection).toBe('keep-alive');
    const locker = await lockProperties();
    const slow = ask(`${address}/v1/properties?maxPrice=${MARK}`, new Agent({ keepAlive: true }));
    await until(isRequestWaiting);

    child.kill(signal);
    await until(async () => (await fetch(`${address}/health/ready`)).status === 503);
    const [onOpen, ready, live, docs] = await Promise.all([
      ask(`${address}/health/live`, open),
      ask(`${address}/health/ready`, new Agent({ keepAlive: true })),
      ask(`${address}/health/live`, new Agent({ keepAlive: true })),
      ask(`${address}/v1/unknown`, new Agent({ keepAlive: true })),
    ]);
    expect(JSON.parse(ready.body)).toMatchObject({ status: 'stopping', database: 'up' });
    expect([onOpen, ready, live, docs].map(({ status }) => status)).toEqual([200, 503, 200, 404]);
    await locker.run('unlock tables');
    for (const { headers } of [onOpen, ready, live, docs, await slow])
      expect(headers.connection).toBe('close');
    expect((await slow).status).toBe(200);
    expect(await ended).toBe(0);
  }, 60_000);
});

describe('SIGTERM', () => {
  it('answers a new connection after an idle second if a load balancer has probed readiness', async () => {
    const { address, child, ended } = await start();
    for (const _ of [1, 2]) await ask(`${address}/health/ready`, new Agent());
    child.kill('SIGTERM');
    await until(async () => (await ask(`${address}/health/ready`, new Agent())).status === 503);
    // Longer than the idle limit of a connection. Polling a condition would itself send a request.
    await pause(1_500);
    expect((await ask(`${address}/v1/properties`, new Agent())).status).toBe(200);
    expect(await ended).toBe(0);
  });

  it('answers all pipelined requests of a connection', async () => {
    const { child, ended, port } = await start();
    const locker = await lockProperties();
    const request = `GET /v1/properties?maxPrice=${MARK} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const socket = send(port, request + request);
    const answers = text(socket);
    await until(isRequestWaiting);
    child.kill('SIGTERM');
    await pause(300);
    await locker.run('unlock tables');
    expect((await answers).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(await ended).toBe(0);
  });

  it('closes connections without a request after a second, not before', async () => {
    const { address, child, ended, port } = await start();
    const idle = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(`${address}/v1/properties`, idle);
    const closedAfter: number[] = [];
    const sockets = ['', 'GET /v1/prop', 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'].map((request) =>
      send(port, request),
    );
    // This request is answered before the signal, so its connection is idle like the others.
    await once(sockets[2]!, 'data');
    const startedAt = performance.now();
    for (const socket of sockets)
      socket.resume().once('close', () => closedAfter.push(performance.now() - startedAt));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    // One second, times four for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(closedAfter).toHaveLength(3);
    for (const ms of closedAfter) expect(ms).toBeGreaterThan(900);
  }, 60_000);

  it('exits at once on a second signal', async () => {
    const { address, child, ended } = await start();
    await lockProperties();
    const lost = fetch(`${address}/v1/properties?maxPrice=${MARK}`).then(
      () => 'answered',
      () => 'lost',
    );
    await until(isRequestWaiting);
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${address}/health/ready`)).status === 503);
    await new Promise((resolve) => setTimeout(resolve, 600));
    child.kill('SIGTERM');
    expect([await ended, await lost]).toEqual([1, 'lost']);
  }, 60_000);

  it('stops both workers in the middle of a statement and releases their locks', async () => {
    const { child } = await start();
    await until(async () => (await heldLocks()) === 2);
    await lock('ranking_state write, catch_up_state write, like_event write');
    // Both workers wait for a table: the ranking when it next reads the history, the legacy sync when it saves.
    await database.run(
      "insert into status_history (property_id, status_id, update_date) select ?, id, '2026-06-01' from status where name = 'en_venta'",
      [propertyId],
    );
    await until(async () => (await waitingWorkers()) === 2);
    child.kill('SIGTERM');
    const stoppedAt = performance.now();
    await until(async () => (await heldLocks()) === 0);
    // Half a second, times four for a busy machine. A statement may wait for 3.3 s.
    expect(performance.now() - stoppedAt).toBeLessThan(2_000);
    expect(await waitingWorkers()).toBe(0);
  }, 60_000);
});

async function heldLocks(): Promise<number> {
  const [row] = await database.run<{ n: number }>(
    `select ${['ranking', 'catch-up'].map((name) => `(is_used_lock(sha2(concat(database(), ':', '${name}'), 256)) is not null)`).join(' + ')} as n`,
  );
  return Number(row!.n);
}

async function waitingWorkers(): Promise<number> {
  const rows = await database.run<{ State?: string; Info?: string }>('show full processlist');
  return rows.filter(
    ({ State, Info }) =>
      /waiting for table/i.test(State ?? '') && /ranking_state|catch_up_state|like_event/.test(Info ?? ''),
  ).length;
}

describe('SIGTERM while a CSV streams', () => {
  beforeAll(async () => {
    const wide = '🏠'.repeat(120);
    await database.run('update property set address = ?, neighbourhood = ? where id = ?', [
      wide,
      wide,
      propertyId,
    ]);
    const [sonia] = await database.run<{ id: number }>('select id from auth_user');
    await addLikes(database, [{ propertyId, userId: sonia!.id, at: naive(Date.now() - 86_400_000) }]);
    await updateRanking(database);
    const NEW_ID = '1000 + 1000 * b.i + a.i';
    const copy = async (table: string, key: string, changed: Record<string, string>): Promise<void> => {
      const columns = (await database.run<{ Field: string }>(`show columns from ${table}`)).map(
        (c) => c.Field,
      );
      const values = columns.map((column) => (column === key ? NEW_ID : (changed[column] ?? column)));
      await database.run(`insert into ${table} (${columns.join(', ')})
        with recursive numbers as (select 0 as i union all select i + 1 from numbers where i < 999)
        select ${values.join(', ')} from ${table} cross join numbers a cross join numbers b
        where ${key} = ${propertyId} and b.i < ${CSV_THOUSANDS}`);
    };
    await copy('property', 'id', {});
    await copy('ranking', 'property_id', { tie: `-(${NEW_ID})` });
  }, 120_000);

  async function download(): Promise<{
    run: Awaited<ReturnType<typeof start>>;
    socket: Socket;
    body: () => string;
  }> {
    const run = await start();
    const login = await fetch(`${run.address}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'sonia', password: PASSWORD }),
    });
    const { accessToken } = (await login.json()) as { accessToken: string };
    const socket = send(
      run.port,
      `GET /v1/ranking/properties.csv?by=likes&window=all HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${accessToken}\r\n\r\n`,
    );
    let body = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        body += String(chunk);
        if (body.includes('rank,propertyId')) resolve();
      });
    });
    socket.pause();
    return { run, socket, body: () => body };
  }

  it('finishes the file', async () => {
    const { run, socket, body } = await download();
    run.child.kill('SIGTERM');
    await until(async () => (await fetch(`${run.address}/health/ready`)).status === 503);
    // The process can end before its last bytes have arrived here.
    const closed = once(socket, 'close');
    socket.resume();
    expect(await run.ended).toBe(0);
    await closed;
    expect(body().startsWith('HTTP/1.1 200')).toBe(true);
    // The last HTTP chunk.
    expect(body().endsWith('\r\n0\r\n\r\n')).toBe(true);
    expect(body().length).toBeGreaterThan(CSV_THOUSANDS * 1_000);
  }, 60_000);

  it('cuts off the file after 10 seconds, with a log line and exit code 1', async () => {
    const { run } = await download();
    const stoppedAt = performance.now();
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(1);
    expect(performance.now() - stoppedAt).toBeGreaterThan(9_900);
    expect(run.output()).toContain('cut off at the end of the drain time: GET /v1/ranking/properties.csv"');
  }, 60_000);
});
