import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HEADER_BYTES = 4;
const CLIENT_SSL = 0x0800;

/** A TCP proxy that removes TLS from the capabilities in the greeting of a database server. */
export class PlaintextProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((incoming) => {
      const outgoing = connect(target.port, target.host);
      outgoing.once('data', (greeting: Buffer) => {
        // Protocol (1 byte), version (up to a 0), connection id (4), salt (8), filler (1), capabilities.
        const capabilities = greeting.indexOf(0, HEADER_BYTES + 1) + 1 + 4 + 8 + 1;
        greeting.writeUInt16LE(greeting.readUInt16LE(capabilities) & ~CLIENT_SSL, capabilities);
        incoming.write(greeting);
        outgoing.pipe(incoming);
      });
      incoming.pipe(outgoing);
      for (const socket of [incoming, outgoing]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
      }
    });
  }

  static async start(target: { host: string; port: number }): Promise<PlaintextProxy> {
    const proxy = new PlaintextProxy(target);
    await once(proxy.#server.listen(0), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
