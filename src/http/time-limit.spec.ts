import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { keepTimeLimits } from './time-limit.js';

const LIMIT_MS = 300;

let app: FastifyInstance;
let url: string;
let received: Promise<FastifyRequest>;

beforeEach(async () => {
  app = fastify({ handlerTimeout: LIMIT_MS, forceCloseConnections: true });
  keepTimeLimits(app);
  received = new Promise((resolve) => {
    app.addHook('preHandler', async (request) => resolve(request));
  });
  app.route({ method: ['GET', 'PATCH'], url: '/endless', handler: () => new Promise(() => {}) });
  app.patch('/quick', async ({ body }) => body);
  url = await app.listen({ port: 0 });
});
afterEach(() => app.close());

const patch = (path: string) =>
  fetch(url + path, { method: 'PATCH', body: '{"a":1}', headers: { 'content-type': 'application/json' } });

it('a request with a body gets a 503 after the time limit, like one without', async () => {
  const answers = Promise.all([patch('/endless'), fetch(`${url}/endless`)]);
  expect((await received).signal.aborted).toBe(false);
  expect((await answers).map(({ status }) => status)).toEqual([503, 503]);
  expect((await received).signal.aborted).toBe(true);
});

it('a request with a body that was answered is not aborted', async () => {
  expect(await (await patch('/quick')).json()).toEqual({ a: 1 });
  expect((await received).signal.aborted).toBe(false);
});

it('a caller who leaves after the body was read aborts the request', async () => {
  const socket = connect((app.server.address() as AddressInfo).port);
  socket.write(
    'PATCH /endless HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ncontent-type: application/json\r\n\r\n{"a":1}',
  );
  const { signal } = await received;
  expect(signal.aborted).toBe(false);
  const aborted = once(signal, 'abort');
  socket.destroy();
  await aborted;
  expect(signal.reason).toMatchObject({ name: 'AbortError' });
});
