import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { Admission, withoutPlace } from './admission.js';
import { keepRequest } from './caller.js';

const LIMIT = 2;

let server: FastifyInstance;
let admission: Admission;
/** The functions that end the running requests, the oldest request first. */
let ends: (() => void)[];
let now: number;
let statuses: number[];

beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  [ends, statuses] = [[], []];
  server = fastify({ handlerTimeout: 60_000 });
  admission = new Admission();
  admission.attach(server, LIMIT);
  server.addHook('preValidation', keepRequest);
  const wait = (): Promise<string> => new Promise((end) => ends.push(() => end('')));
  server.get('/v1/work', wait);
  server.get('/v1/wait', () => withoutPlace(wait));
  server.get('/health/ready', async () => '');
});
afterEach(async () => {
  await endAll();
  await server.close();
  jest.restoreAllMocks();
});

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

async function arrive(count: number, url = '/v1/work', signal?: AbortSignal): Promise<void> {
  for (let i = 0; i < count; i++)
    server.inject({ url, signal }).then(
      ({ statusCode }) => statuses.push(statusCode),
      () => {},
    );
  await settle();
}

/** Ends the oldest request, which takes 10 ms. */
async function endOne(): Promise<void> {
  now += 10;
  ends.shift()?.();
  await settle();
}

async function endAll(): Promise<void> {
  while (ends.length > 0) await endOne();
}

/** A queue that has been there for longer than a burst: each 10 ms a request ends and another arrives. */
async function overload(waiting: number): Promise<void> {
  await arrive(LIMIT + waiting);
  for (let i = 0; i < 60; i++) {
    await endOne();
    await arrive(1);
  }
}

describe('admission', () => {
  it('lets as many run as the limit, and answers all requests of a burst', async () => {
    await arrive(200);
    expect([ends.length, admission.waiting]).toEqual([LIMIT, 198]);
    await endAll();
    expect([statuses.length, admission.refused]).toEqual([200, 0]);
  });

  it('refuses what would wait too long once requests have waited for longer than a burst', async () => {
    await overload(30);
    expect(admission.refused).toBe(statuses.filter((status) => status === 503).length);
    expect(admission.refused).toBeGreaterThan(0);
    // 25 begin in 250 ms.
    const { waiting } = admission;
    expect(waiting).toBeLessThanOrEqual(30);
    await arrive(100);
    expect(admission.waiting).toBe(waiting);
    expect((await server.inject('/health/ready')).statusCode).toBe(200);
    const { headers, body } = await server.inject('/v1/work');
    expect([headers['retry-after'], JSON.parse(body)]).toEqual([
      '2',
      expect.objectContaining({ type: 'urn:problem:service-busy', status: 503 }),
    ]);
  });

  it('accepts bursts again when no request waits any more', async () => {
    await overload(30);
    await endAll();
    const { refused } = admission;
    await arrive(200);
    expect(admission.refused).toBe(refused);
  });

  it('does not take a pause of the process for a load', async () => {
    await arrive(LIMIT + 30);
    now += 5_000;
    await arrive(200);
    expect(admission.refused).toBe(0);
  });

  it('gives the place of a request that waits for something else to others', async () => {
    await arrive(50, '/v1/wait');
    await arrive(LIMIT);
    expect([ends.length, admission.waiting]).toEqual([50 + LIMIT, 0]);
  });

  it('forgets a caller who goes while the request waits', async () => {
    await arrive(LIMIT);
    const leaving = new AbortController();
    await arrive(1, '/v1/work', leaving.signal);
    expect(admission.waiting).toBe(1);
    leaving.abort();
    await settle();
    expect(admission.waiting).toBe(0);
  });
});
