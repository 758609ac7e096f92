import cluster from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * In each turn of the event loop, Node.js accepts one connection of a listening socket. A turn of a busy process takes some
 * milliseconds, so with one socket the queue of the system overflows: new connections wait for seconds.
 */
const LISTENERS = 8;

/**
 * Listens on several sockets of one port, where the system can share a port among sockets.
 * @returns the sockets beside Fastify's own
 * @throws EADDRINUSE when another program listens on the port
 */
export async function listen(
  fastify: FastifyInstance,
  { port, host }: { port: number; host: string },
): Promise<Server[]> {
  // The primary of a cluster accepts the connections of its workers.
  if (process.platform !== 'linux' || cluster.isWorker) {
    await fastify.listen({ port, host });
    return [];
  }
  // Two processes that share a port get no error.
  const probe = await open(new Server(), { port, host });
  await once(probe.close(), 'close');
  const shared = { port, host, reusePort: true };
  await fastify.listen(shared);
  shared.port = (fastify.server.address() as AddressInfo).port;
  const others = Array.from({ length: LISTENERS - 1 }, () =>
    // Like the sockets of http.Server.
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      fastify.server.emit('connection', socket),
    ),
  );
  return Promise.all(others.map((server) => open(server, shared)));
}

async function open(server: Server, options: ListenOptions): Promise<Server> {
  await once(server.listen(options), 'listening');
  return server;
}
