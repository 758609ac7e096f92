import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy to the database that a test can close or silence. */
export class Proxy {
  #server?: Server;
  #port = 0;
  #silent = false;
  #roundTrips = 0;
  /** Delay of each answer, which simulates a distant or busy database. */
  delayMs = 0;
  readonly #sockets = new Set<Socket>();
  readonly #mute = new WeakSet<Socket>();

  constructor(private target: { host: string; port: number }) {}

  get port(): number {
    return this.#port;
  }

  /** How often a client has sent something. A client of the database sends a command, and waits for its answer. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Opens the proxy, on the same port as before. */
  async open(): Promise<void> {
    this.#silent = false;
    const server = createServer((incoming) => this.#pass(incoming));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** Simulates a stopped database: breaks open connections and refuses new ones. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Simulates a frozen database: accepts data and answers nothing. */
  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) this.#mute.add(socket);
  }

  /** Simulates a restart at the same address: old connections stay silent, new ones work. */
  failOver(): void {
    this.#silent = false;
  }

  /** Sends new connections to another server; old connections keep their server. */
  leadTo(target: { host: string; port: number }): void {
    this.target = target;
  }

  #pass(incoming: Socket): void {
    const outgoing = connect(this.target.port, this.target.host);
    const isMute = (): boolean => this.#silent || this.#mute.has(incoming);
    incoming.on('data', (chunk) => {
      this.#roundTrips++;
      if (!isMute()) outgoing.write(chunk);
    });
    outgoing.on('data', (chunk) => {
      if (isMute()) return;
      if (this.delayMs > 0) setTimeout(() => incoming.write(chunk), this.delayMs);
      else incoming.write(chunk);
    });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
