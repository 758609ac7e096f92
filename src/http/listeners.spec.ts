import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { listen } from './listeners.js';

const HOST = '127.0.0.1';
const CONNECTIONS = 64;

const apps: FastifyInstance[] = [];
const servers: Server[] = [];
const clients: Socket[] = [];

async function start(port: number): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  apps.push(app);
  app.get('/', () => ({ isAnswered: true }));
  servers.push(...(await listen(app, { port, host: HOST })));
  return app;
}

const portOf = ({ server }: FastifyInstance): number => (server.address() as AddressInfo).port;

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  for (const app of apps.splice(0)) await app.close();
});

it('on Linux, several connections are accepted in one turn of the event loop', async () => {
  // Other systems cannot share a port among sockets.
  if (process.platform !== 'linux') return;
  const app = await start(0);
  const turns: number[] = [];
  let turn = 0;
  app.server.on('connection', () => turns.push(turn));
  for (let i = 0; i < CONNECTIONS; i++) clients.push(connect(portOf(app), HOST));
  for (; turns.length < CONNECTIONS; turn++) await nextTurn();
  expect(new Set(turns).size).toBeLessThan(CONNECTIONS / 2);
});

it('each of the sockets answers requests', async () => {
  const app = await start(0);
  const answers = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const response = await fetch(`http://${HOST}:${portOf(app)}/`, { headers: { connection: 'close' } });
      return response.json();
    }),
  );
  expect(answers).toEqual(answers.map(() => ({ isAnswered: true })));
});

it('a second program on the port gets an error', async () => {
  const port = portOf(await start(0));
  await expect(start(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
