import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** How the server behaves: as Redis, too late, not at all, with refusals, or with values that it was never given. */
export type Behaviour =
  | 'normal'
  | 'slow'
  | 'frozen'
  | 'full'
  | 'read-only'
  | 'too many clients'
  | 'foreign values'
  | 'swapped values'
  | 'noise';

const SLOW_MS = 2_000;
const INFO = 'redis_version:8.0.0\r\nloading:0\r\n';

/** A server that speaks as much of the Redis protocol as the service uses, and that a test can disturb. */
export class FakeRedis {
  behaviour: Behaviour = 'normal';
  /** Commands received, such as `get`. */
  readonly commands: string[] = [];
  #server!: Server;
  readonly #sockets = new Set<Socket>();
  readonly #values = new Map<string, { value: Buffer; expiresAt: number }>();

  static async start(): Promise<FakeRedis> {
    const redis = new FakeRedis();
    redis.#server = createServer((socket) => redis.#serve(socket));
    redis.#server.listen(0, '127.0.0.1');
    await once(redis.#server, 'listening');
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections and forgets all values. */
  restart(): void {
    this.#values.clear();
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.restart();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    /** Commands of the open transaction. */
    let transaction: Buffer[][] | null = null;
    const reply = (words: Buffer[]): Buffer => {
      const name = String(words[0]).toLowerCase();
      if (name === 'multi') transaction = [];
      else if (name === 'exec') {
        const replies = (transaction ?? []).map((each) => this.#reply(each));
        transaction = null;
        return Buffer.concat([Buffer.from(`*${replies.length}\r\n`), ...replies]);
      } else if (transaction) {
        transaction.push(words);
        return Buffer.from('+QUEUED\r\n');
      }
      return this.#reply(words);
    };
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let command = parse(received); command; command = parse(received)) {
        received = received.subarray(command.length);
        const answer = reply(command.words);
        if (this.behaviour === 'frozen') continue;
        if (this.behaviour === 'slow') setTimeout(() => socket.write(answer), SLOW_MS).unref();
        else socket.write(answer);
      }
    });
  }

  #reply([word, ...args]: Buffer[]): Buffer {
    const name = String(word).toLowerCase();
    this.commands.push(name);
    const key = String(args[0]);
    const stored = this.#values.get(key);
    const found = stored && stored.expiresAt > Date.now() ? stored : undefined;
    if (this.behaviour === 'noise' && name === 'get') return Buffer.from('what? \r\n*7\r\n');
    if (this.behaviour === 'too many clients') return Buffer.from('-ERR max number of clients reached\r\n');
    if (this.behaviour === 'read-only' && ['set', 'incrby'].includes(name))
      return Buffer.from("-READONLY You can't write against a read only replica.\r\n");
    switch (name) {
      case 'get':
        if (this.behaviour === 'foreign values') return bulk(Buffer.from('{"a": 1}\n[]'));
        if (this.behaviour === 'swapped values')
          return bulk([...this.#values.values()].find((other) => other !== found)?.value);
        return bulk(found?.value);
      case 'pttl':
        if (this.behaviour === 'foreign values' || this.behaviour === 'swapped values')
          return Buffer.from(':3000\r\n');
        return Buffer.from(`:${found ? found.expiresAt - Date.now() : -2}\r\n`);
      case 'set':
        if (this.behaviour === 'full')
          return Buffer.from("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
        if (found && String(args.at(-1)) === 'NX') return bulk(undefined);
        this.#values.set(key, { value: args[1]!, expiresAt: Date.now() + Number(args[3]) });
        return Buffer.from('+OK\r\n');
      case 'incrby':
        if (!found) return Buffer.from('-ERR no such key\r\n');
        found.value = Buffer.from(String(Number(String(found.value)) + Number(String(args[1]))));
        return Buffer.from(`:${String(found.value)}\r\n`);
      case 'info':
        return bulk(Buffer.from(INFO));
      case 'ping':
        return Buffer.from('+PONG\r\n');
      default:
        return Buffer.from('+OK\r\n');
    }
  }
}

const bulk = (value: Buffer | undefined): Buffer =>
  value
    ? Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')])
    : Buffer.from('$-1\r\n');

/** The first complete command, an array of texts. */
function parse(bytes: Buffer): { words: Buffer[]; length: number } | undefined {
  let position = 0;
  const readNumber = (): number => {
    const end = bytes.indexOf('\r\n', position);
    if (end < 0) return Number.NaN;
    const number = Number(bytes.toString('latin1', position + 1, end));
    position = end + 2;
    return number;
  };
  const count = readNumber();
  const words: Buffer[] = [];
  while (words.length < count) {
    const length = readNumber();
    if (!(position + length + 2 <= bytes.length)) return undefined;
    words.push(Buffer.from(bytes.subarray(position, position + length)));
    position += length + 2;
  }
  return count >= 0 ? { words, length: position } : undefined;
}
