import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer, type Socket } from 'node:net';
import { setImmediate as afterPoll, setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** A connection is closed after this time without a request. The drain ends after this time without any request. */
const IDLE_MS = 1_000;
/** Where a load balancer probes, new connections are accepted for this time: it notices the stop at its next probe. */
const ACCEPT_MS = 5_000;
/** Two readiness probes within this time mean that a load balancer probes. */
const PROBED_MS = 30_000;
/** Requests that still run after this time are cut off. */
const DRAIN_MS = 10_000;
const CHECK_MS = 100;
const PROBE_PATH_PREFIX = '/health/';
const READINESS_PATH = '/health/ready';

interface Connection {
  /** Requests without a complete response. */
  open: Map<ServerResponse, IncomingMessage>;
  lastActiveAt: number;
  bytesRead: number;
}

/**
 * Stops the HTTP server without losing a request. The `close` of Fastify and of Node destroys every idle keep-alive
 * connection at once; a client whose next request is on the way gets a connection reset. The drain sends
 * `Connection: close` with each response and closes only connections that stay idle.
 */
@Injectable()
export class Drain {
  readonly #logger = new Logger(Drain.name);
  readonly #connections = new Map<Socket, Connection>();
  #server: Server;
  #probedMs = PROBED_MS;
  readonly #stop = new AbortController();
  #isClosing = false;
  #lastRequestAt = 0;
  /** Times of the last two readiness probes that were answered with 200, the newest last. */
  #probedAt: [number, number] = [-Infinity, -Infinity];

  /** True from the stop signal to the end of the process. */
  get isDraining(): boolean {
    return this.signal.aborted;
  }

  /** Aborted by the stop signal. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** @param processes share the port, and so the probes of a load balancer */
  attach(fastify: FastifyInstance, processes: number): void {
    this.#probedMs = PROBED_MS * processes;
    this.#server = fastify.server;
    this.#server.on('connection', (socket: Socket) => this.#trackConnection(socket));
    // Runs before Fastify's listener: the header must be set before the response is sent.
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
   * Continues to serve until no request arrived for IDLE_MS, and where a load balancer probes at least for ACCEPT_MS; at
   * most for DRAIN_MS.
   * @param listeners sockets that take connections beside the server's own
   * @returns whether every request was answered
   */
  async run(listeners: readonly TcpServer[]): Promise<boolean> {
    const startedAt = performance.now();
    const acceptUntil = startedAt + (startedAt - this.#probedAt[0] < this.#probedMs ? ACCEPT_MS : 0);
    this.#lastRequestAt = startedAt;
    // The client of an idle connection does not know of the stop yet and may send its next request.
    for (const connection of this.#connections.values()) connection.lastActiveAt = startedAt;
    this.#announce();
    for (;;) {
      await pause(CHECK_MS);
      // Timers run before the poll phase, in which the event loop reads sockets. Waiting for the end of the poll phase
      // makes sure that no arrived request is unread.
      await afterPoll();
      const now = performance.now();
      this.#closeIdle(now);
      const isQuiet =
        now >= acceptUntil && this.#connections.size === 0 && now - this.#lastRequestAt >= IDLE_MS;
      if (isQuiet || now - startedAt >= ACCEPT_MS) this.#stopListening(listeners);
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
    if (this.isDraining) announceClose(connection);
    response.once('close', () => {
      connection.open.delete(response);
      connection.lastActiveAt = performance.now();
      // Probes never stop, so they do not count.
      if (!request.url?.startsWith(PROBE_PATH_PREFIX)) this.#lastRequestAt = connection.lastActiveAt;
      else if (request.url.startsWith(READINESS_PATH) && response.statusCode === 200)
        this.#probedAt = [this.#probedAt[1], connection.lastActiveAt];
      // The headers of this response were sent without `Connection: close`.
      if (this.#isClosing && connection.open.size === 0) socket.destroySoon();
    });
  }

  #announce(): void {
    this.#stop.abort();
    for (const connection of this.#connections.values()) announceClose(connection);
  }

  #closeIdle(now: number): void {
    for (const [socket, connection] of this.#connections) {
      if (socket.bytesRead > connection.bytesRead) connection.lastActiveAt = now;
      connection.bytesRead = socket.bytesRead;
      if (connection.open.size === 0 && now - connection.lastActiveAt >= IDLE_MS) socket.destroy();
    }
  }

  #stopListening(listeners: readonly TcpServer[]): void {
    for (const server of [this.#server, ...listeners])
      // The `close` of net.Server: that of http.Server would destroy idle connections first.
      if (server.listening) TcpServer.prototype.close.call(server);
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
