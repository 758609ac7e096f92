// Random requests, made from docs/openapi.json alone. FUZZ_REQUESTS and FUZZ_SEED make other and longer runs; a fault names its request.
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Passwords } from '../../src/accounts/passwords.js';
import { ChangeWaiters } from '../../src/properties/changes/change-waiters.js';
import { addUsers, djangoHash, PASSWORD, signIn } from '../support/accounts.js';
import { addProperties } from '../support/factories.js';
import { decoded, type FuzzedAnswer, faultsOfAnswer } from '../support/fuzz/answers.js';
import { readOperations } from '../support/fuzz/document.js';
import { KnownValues } from '../support/fuzz/known-values.js';
import { faultsOfRawAnswer, rawRequests, sendRaw } from '../support/fuzz/raw-requests.js';
import { type Caller, describeRequest, type FuzzedRequest, Requests } from '../support/fuzz/requests.js';
import { TableState } from '../support/fuzz/table-state.js';
import { app, database, useApp } from '../support/suite.js';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const RAW_REQUESTS = REQUESTS / 10;
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Requests that are sent at once. */
const BATCH = 10;
/** A batch that takes longer hangs. */
const SLOW_MS = 10_000;

jest.setTimeout(Math.max(600_000, REQUESTS * 60));

useApp({
  settings: {
    mail: { url: 'smtp://localhost:1', from: 'habi@example.com', linkUrl: 'https://habi.example/account' },
  },
});

const operations = readOperations();
const known = new KnownValues();
const requests = new Requests(known);
const credentials: Record<Caller, { authorization?: string }> = {
  staff: {},
  user: {},
  nobody: {},
  broken: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' },
};
let tables: TableState;
let users = 0;

/** Signs a new user in: requests may have ended the sign-in of the last one, or erased it. */
async function renew(caller: 'staff' | 'user'): Promise<void> {
  const username = `fuzz${++users}`;
  await addUsers(database, [username], { isStaff: caller === 'staff' });
  credentials[caller] = await signIn(app, username);
  known.add('username', username);
}

beforeAll(async () => {
  // A real hash takes most of a second. Mocks of Jest would keep each call, and with its signal the request.
  Object.assign(app.get(Passwords), {
    hash: async (password: string) => djangoHash(password),
    verify: async (password: string, hash: string | null) => hash === djangoHash(password),
  });
  Object.assign(app.get(ChangeWaiters), { wait: async () => {} });
  const ids = await addProperties(
    database,
    Array.from({ length: 30 }, (_, i) => ({
      city: i % 3 ? 'Bogotá' : 'Cali',
      price: 100_000_000 + i * 7_000_000,
      area: 40 + i,
      bedrooms: i % 5,
      latitude: 4.6 + i / 1_000,
      longitude: -74.06,
    })),
  );
  for (const id of ids.slice(0, 10)) known.add('id', id);
  for (const id of ids.slice(0, 5)) known.add('propertyId', id);
  for (const name of ['password', 'currentPassword', 'newPassword']) known.add(name, PASSWORD);
  await renew('staff');
  await renew('user');
  tables = await TableState.of(database);
});

/** Makes the requests of a batch, one for each of the next operations. */
function makeBatch(first: number, isRefused: boolean): FuzzedRequest[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const operation = operations[(first + i) % operations.length]!;
    const levels = ['nearly valid', 'absurd', 'valid'] as const;
    const level = levels[(first + i) % (isRefused && operation.method !== 'GET' ? 2 : 3)]!;
    const seed = SEED * 1_000_003 + first + i;
    return fc.sample(requests.of(operation, level), { numRuns: 1, seed })[0]!;
  });
}

/** Sends the request again after a 503: a busy machine may cause one, but not three. */
async function send(request: FuzzedRequest, tries = 3): Promise<FuzzedAnswer> {
  const { method, url, headers, payload, caller } = request;
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers: { ...credentials[caller], ...headers },
    payload,
  });
  if (answer.statusCode === 503 && tries > 1) return send(request, tries - 1);
  return { status: answer.statusCode, headers: answer.headers, bytes: answer.rawPayload };
}

function learn({ status, headers, bytes }: FuzzedAnswer): void {
  if (status >= 300) return;
  if (headers.etag) known.add('etag', headers.etag);
  if (/json/.test(String(headers['content-type'])) && bytes.length > 0)
    known.learn(JSON.parse(decoded({ status, headers, bytes }).toString()));
}

const mayWrite = ({ method, url }: FuzzedRequest, { status }: FuzzedAnswer): boolean =>
  status < 400 && ((method !== 'GET' && method !== 'HEAD') || url.includes('seen='));

it(`${REQUESTS} requests get answers that fit the document, and reads and refused requests change nothing`, async () => {
  const faults = new Map<string, string>();
  const succeeded = new Set<string>();
  let compared = 0;
  let isStale = true;
  for (let sent = 0; sent < REQUESTS; sent += BATCH) {
    // In half of the batches hardly any request writes: then no table may have changed.
    const isRefused = (sent / BATCH) % 2 === 0;
    const batch = makeBatch(sent, isRefused);
    const report = (request: FuzzedRequest, fault: string): unknown =>
      faults.set(`${request.operation.operationId}: ${fault}`, describeRequest(request));
    if (isRefused && isStale) await tables.changed();
    const started = performance.now();
    const answers = await Promise.all(batch.map((request) => send(request)));
    if (performance.now() - started > SLOW_MS) report(batch[0]!, 'a batch that hangs');
    for (const [i, answer] of answers.entries()) {
      for (const fault of faultsOfAnswer(operations, batch[i]!, answer)) report(batch[i]!, fault);
      if (answer.status < 300) succeeded.add(batch[i]!.operation.operationId);
      learn(answer);
    }
    isStale = !isRefused || batch.some((request, i) => mayWrite(request, answers[i]!));
    if (!isStale) {
      compared += BATCH;
      for (const table of await tables.changed())
        for (const request of batch) report(request, `a batch without a write changed ${table}`);
    }
    for (const caller of ['staff', 'user'] as const) {
      const isSignedOut = batch.some(
        (request, i) =>
          request.caller === caller && answers[i]!.status === 401 && !('authorization' in request.headers),
      );
      if (isSignedOut) await renew(caller);
      isStale ||= isSignedOut;
    }
  }
  if (process.env.FUZZ_REQUESTS) {
    const never = operations.map(({ operationId }) => operationId).filter((id) => !succeeded.has(id));
    const megabytes = Math.round(process.memoryUsage().heapUsed / 1e6);
    process.stderr.write(`${compared} compared; ${megabytes} MB; never a success: ${never.join(', ')}\n`);
  }
  expect([...faults].slice(0, 40)).toEqual([]);
  expect(compared).toBeGreaterThan(REQUESTS / 6);
  expect(succeeded.size).toBeGreaterThan(operations.length * 0.7);
});

it(`${RAW_REQUESTS} requests in bytes get no 5xx; where their end is ambiguous they are refused and change nothing`, async () => {
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  await renew('staff');
  const paths = [...new Set(operations.map(({ path }) => path))];
  const made = rawRequests(paths, credentials.staff.authorization!);
  await tables.changed();
  const faults: string[] = [];
  for (let at = 0; at < RAW_REQUESTS; at += BATCH) {
    const batch = fc.sample(made, { numRuns: BATCH, seed: SEED * 1_000_003 + at });
    await Promise.all(
      batch.map(async (request) => {
        const answer = await sendRaw(port, request);
        for (const fault of faultsOfRawAnswer(request, answer))
          faults.push(`${fault}: ${JSON.stringify(request.bytes.toString('latin1').slice(0, 1_000))}`);
      }),
    );
  }
  expect(faults.slice(0, 20)).toEqual([]);
  expect(await tables.changed()).toEqual([]);
});
