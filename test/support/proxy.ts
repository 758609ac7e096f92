import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP road to the database that a test can close, or let nothing through. */
export class Proxy {
  #server?: Server;
  #port = 0;
  #silent = false;
  readonly #sockets = new Set<Socket>();
  readonly #mute = new WeakSet<Socket>();

  constructor(private target: { host: string; port: number }) {}

  get port(): number {
    return this.#port;
  }

  /** Opens it, on the same port as before. */
  async open(): Promise<void> {
    this.#silent = false;
    const server = createServer((incoming) => this.#pass(incoming));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** The database is gone: standing connections break, new ones are refused. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** The database is frozen: whatever is sent, nothing comes back. */
  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) this.#mute.add(socket);
  }

  /** It is back under the same address, and knows nothing of old connections: they stay silent, new ones work. */
  failOver(): void {
    this.#silent = false;
  }

  /** New connections lead to another server; old ones stay with theirs. */
  leadTo(target: { host: string; port: number }): void {
    this.target = target;
  }

  #pass(incoming: Socket): void {
    const outgoing = connect(this.target.port, this.target.host);
    const isMute = (): boolean => this.#silent || this.#mute.has(incoming);
    incoming.on('data', (chunk) => isMute() || outgoing.write(chunk));
    outgoing.on('data', (chunk) => isMute() || incoming.write(chunk));
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
