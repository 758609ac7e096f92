import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { allowLongDownloads } from './downloads.js';

const STALLED_MS = 1_000;

it('a download ends when its reader takes nothing, and not while it reads', async () => {
  const fastify = Fastify();
  allowLongDownloads(fastify, [], STALLED_MS);
  const ended: string[] = [];
  fastify.get<{ Querystring: { reader: string } }>('/all.csv', ({ query }, reply) => {
    const rows = Readable.from(
      (async function* endless() {
        for (;;) {
          yield 'x'.repeat(100_000);
          await pause(1);
        }
      })(),
    );
    rows.once('close', () => ended.push(query.reader));
    return reply.send(rows);
  });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  const { port } = fastify.server.address() as AddressInfo;
  const download = (reader: string) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(`GET /all.csv?reader=${reader} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return socket;
  };
  const sockets = [download('nobody').pause(), download('somebody').resume()];
  while (ended.length === 0) await pause(20);
  await pause(2 * STALLED_MS);
  expect(ended).toEqual(['nobody']);
  for (const socket of sockets) socket.destroy();
  await fastify.close();
});
