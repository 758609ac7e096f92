import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer, type Socket } from 'node:net';
import { setImmediate as afterPoll, setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** After so long without a request a connection is closed, and after so long without any request the drain is over. */
const IDLE_MS = 1_000;
/**
 * New connections are accepted for so long where a load balancer probes: it learns only from its next probes that we are
 * stopping.
 */
const ACCEPT_MS = 5_000;
/** Readiness was asked for twice within this time: a load balancer probes. */
const PROBED_MS = 30_000;
/** Requests that still run after so long are cut off. */
const DRAIN_MS = 10_000;
const CHECK_MS = 100;
const PROBES = '/health/';
const READINESS = '/health/ready';

interface Connection {
  /** Requests that are not answered yet. */
  open: Map<ServerResponse, IncomingMessage>;
  lastActiveAt: number;
  bytesRead: number;
}

/**
 * Ends the HTTP server without losing a request. Fastify's and Node's own `close` destroy every idle keep-alive connection
 * at once, also when its next request is already on the way: its client gets a reset. A drain tells each client with its next
 * answer (`Connection: close`), and closes only connections that stayed idle.
 */
@Injectable()
export class Drain {
  readonly #logger = new Logger(Drain.name);
  readonly #connections = new Map<Socket, Connection>();
  #server: Server;
  #isDraining = false;
  #isClosing = false;
  #lastRequestAt = 0;
  /** Of the last two readiness probes that were answered with 200, the newest last. */
  #probedAt: [number, number] = [-Infinity, -Infinity];

  /** True from the signal to the end of the process; readiness is 503 then. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  attach(fastify: FastifyInstance): void {
    this.#server = fastify.server;
    this.#server.on('connection', (socket: Socket) => this.#trackConnection(socket));
    // Before Fastify's own listener: the header must be set before the answer is sent.
    this.#server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#trackRequest(request, response),
    );
    fastify.addHook('preClose', (done) => {
      this.#isClosing = true;
      this.#announce();
      for (const [socket, { open }] of this.#connections) if (open.size === 0) socket.destroy();
      done();
    });
  }

  /**
   * Serves until there was no request for IDLE_MS, and where a load balancer probes for ACCEPT_MS at least; at most for
   * DRAIN_MS.
   * @returns whether every request was answered
   */
  async run(): Promise<boolean> {
    const startedAt = performance.now();
    const acceptUntil = startedAt + (startedAt - this.#probedAt[0] < PROBED_MS ? ACCEPT_MS : 0);
    this.#lastRequestAt = startedAt;
    // A connection that was idle before may be used again before its client learns that we are stopping.
    for (const connection of this.#connections.values()) connection.lastActiveAt = startedAt;
    this.#announce();
    for (;;) {
      await pause(CHECK_MS);
      // A timer runs before the event loop reads sockets, so on a busy machine a request may wait unread. After the poll
      // phase everything that had arrived has been read.
      await afterPoll();
      const now = performance.now();
      this.#closeIdle(now);
      const isQuiet =
        now >= acceptUntil && this.#connections.size === 0 && now - this.#lastRequestAt >= IDLE_MS;
      if (isQuiet || now - startedAt >= ACCEPT_MS) this.#stopListening();
      if (isQuiet) return true;
      if (now - startedAt >= DRAIN_MS) return this.#cutOff();
    }
  }

  #trackConnection(socket: Socket): void {
    if (this.#isClosing) {
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { open: new Map(), lastActiveAt: performance.now(), bytesRead: 0 });
    socket.once('close', () => this.#connections.delete(socket));
  }

  #trackRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (!connection) return;
    connection.open.set(response, request);
    if (this.#isDraining) announceClose(connection);
    response.once('close', () => {
      connection.open.delete(response);
      connection.lastActiveAt = performance.now();
      // Probes come as long as the process lives.
      if (!request.url?.startsWith(PROBES)) this.#lastRequestAt = connection.lastActiveAt;
      else if (request.url.startsWith(READINESS) && response.statusCode === 200)
        this.#probedAt = [this.#probedAt[1], connection.lastActiveAt];
      // The headers of this answer were sent before the server began to close.
      if (this.#isClosing && connection.open.size === 0) socket.destroySoon();
    });
  }

  #announce(): void {
    this.#isDraining = true;
    for (const connection of this.#connections.values()) announceClose(connection);
  }

  #closeIdle(now: number): void {
    for (const [socket, connection] of this.#connections) {
      if (socket.bytesRead > connection.bytesRead) connection.lastActiveAt = now;
      connection.bytesRead = socket.bytesRead;
      if (connection.open.size === 0 && now - connection.lastActiveAt >= IDLE_MS) socket.destroy();
    }
  }

  #stopListening(): void {
    // Not `server.close()` of node:http, which destroys idle connections first.
    if (this.#server.listening) TcpServer.prototype.close.call(this.#server);
  }

  #cutOff(): boolean {
    let count = 0;
    for (const [socket, { open }] of this.#connections) {
      for (const { method, url } of open.values()) {
        count++;
        this.#logger.warn(`cut off at the end of the drain time: ${method} ${url?.split('?', 1)[0]}`);
      }
      socket.destroy();
    }
    return count === 0;
  }
}

/** Node closes a connection after an answer that says so: of pipelined requests only the last answer may. */
function announceClose({ open }: Connection): void {
  const last = [...open.keys()].at(-1);
  for (const response of open.keys()) {
    if (response.headersSent) continue;
    if (response === last) response.setHeader('connection', 'close');
    else response.removeHeader('connection');
  }
}
