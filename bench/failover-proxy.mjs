// A TCP proxy that leads new connections to the primary, as the host name of RDS or Aurora does. Old connections stay.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const POLL_MS = 100;

/** @typedef {{ host: string, port: number }} Address */

export class GroupProxy {
  #target;
  #server = createServer((incoming) => {
    const outgoing = connect(this.#target.port, this.#target.host);
    incoming.pipe(outgoing).pipe(incoming);
    for (const [socket, other] of /** @type {const} */ ([
      [incoming, outgoing],
      [outgoing, incoming],
    ])) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  #isClosed = false;

  /** @param {Address} target */
  constructor(target) {
    this.#target = target;
  }

  /** @param {() => Promise<Address | undefined>} findPrimary */
  static async start(findPrimary) {
    const primary = await findPrimary();
    if (!primary) throw new Error('the group has no primary');
    const proxy = new GroupProxy(primary);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    void proxy.#follow(findPrimary);
    return proxy;
  }

  get port() {
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  async close() {
    this.#isClosed = true;
    this.#server.close();
  }

  /** @param {() => Promise<Address | undefined>} findPrimary */
  async #follow(findPrimary) {
    while (!this.#isClosed) {
      this.#target = (await findPrimary()) ?? this.#target;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
