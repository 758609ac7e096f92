import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { listening, type Run, startProcess } from '../support/process.js';
import { database, useDatabase } from '../support/suite.js';
import { budget, until } from '../support/until.js';

const CONNECTIONS = 2_000;
const SLOW_CLIENTS = 200;
/** When a request must be complete, and how often the service looks. */
const REQUEST_MS = 10_000 + 2_000;
const GET = 'GET /v1/properties?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n';

useDatabase();

let run: Run;
let address: string;
let sockets: Socket[] = [];

beforeAll(async () => {
  run = startProcess(database, { RATE_LIMIT_PER_MINUTE: '0' });
  address = await listening(run);
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(async () => {
  run?.child.kill('SIGKILL');
  await run?.ended;
});

async function open(count: number): Promise<Socket[]> {
  for (let i = 0; i < count; i++)
    sockets.push(connect(Number(new URL(address).port), '127.0.0.1').on('error', () => {}));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

const isAnswering = async (): Promise<boolean> =>
  fetch(`${address}/health/live`, { signal: AbortSignal.timeout(budget(1_000)) }).then(
    ({ ok }) => ok,
    () => false,
  );

it(`${CONNECTIONS} connections at once are all answered`, async () => {
  const statuses: string[] = [];
  for (const socket of await open(CONNECTIONS))
    socket.once('data', (chunk) => statuses.push(String(chunk).slice(9, 12))).write(GET);
  await until(async () => {
    expect(await isAnswering()).toBe(true);
    return statuses.length === CONNECTIONS;
  });
  // A request that waited too long for a connection to the database is a 503.
  expect(statuses.filter((status) => status !== '200' && status !== '503')).toEqual([]);
  expect(statuses.filter((status) => status === '200').length).toBeGreaterThan(CONNECTIONS / 2);
});

it(`${SLOW_CLIENTS} clients that send a byte a second hold up nobody, and get a 408 or are closed`, async () => {
  for (const socket of await open(SLOW_CLIENTS)) socket.resume();
  const started = performance.now();
  let sent = 0;
  while (sockets.some(({ closed }) => !closed) && performance.now() - started < budget(REQUEST_MS)) {
    const byte = GET[sent++]!;
    for (const socket of sockets) if (socket.writable) socket.write(byte);
    expect(await isAnswering()).toBe(true);
    await pause(1_000);
  }
  expect(sockets.every(({ closed }) => closed)).toBe(true);
});
