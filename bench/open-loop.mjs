// An open loop: requests are sent at a fixed rate, whatever the answers are. It writes bytes to sockets, because a client that costs
// as much as the service would measure itself. bench/overload.mjs runs it as a process of its own.
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const TIMEOUT_MS = 10_000;
/** Fewer than the file descriptors that a process may have. */
const MAX_SOCKETS = 15_000;
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * @typedef {{ at: number, ms: number, status: number }} Answered when it was due, in ms since the start; status 0: no answer
 * @typedef {import('node:net').Socket & { started?: number, due?: number, chunks?: Buffer[], wanted?: number }} Client
 */

class OpenLoop {
  /** @type {Client[]} */
  idle = [];
  /** @type {Set<Client>} */
  busy = new Set();
  /** @type {Answered[]} */
  answers = [];

  /** @param {number} port */
  constructor(port) {
    this.port = port;
    this.start = performance.now();
  }

  /** @param {string | Buffer} bytes @param {number} due */
  send(bytes, due) {
    const open = this.idle.pop();
    if (!open && this.busy.size >= MAX_SOCKETS)
      return this.answers.push({ at: due - this.start, ms: 0, status: 0 });
    const client = open ?? this.#open();
    Object.assign(client, { due, chunks: [], wanted: 0 });
    this.busy.add(client);
    client.write(bytes);
    return undefined;
  }

  #open() {
    /** @type {Client} */
    const client = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    client.on('data', (chunk) => this.#read(client, chunk));
    client.on('error', () => {});
    client.on('close', () => {
      if (this.busy.has(client)) this.#end(client, 0);
      const i = this.idle.indexOf(client);
      if (i >= 0) this.idle.splice(i, 1);
    });
    return client;
  }

  /** @param {Client} client @param {Buffer} chunk */
  #read(client, chunk) {
    const chunks = /** @type {Buffer[]} */ (client.chunks);
    chunks.push(chunk);
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    client.chunks = [bytes];
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (bytes.length < end + 4 + length) return;
    this.#end(client, Number(head.slice(9, 12)));
    this.idle.push(client);
  }

  /** @param {Client} client @param {number} status */
  #end(client, status) {
    this.busy.delete(client);
    const due = /** @type {number} */ (client.due);
    this.answers.push({ at: due - this.start, ms: performance.now() - due, status });
  }

  close() {
    for (const client of [...this.busy, ...this.idle]) client.destroy();
  }
}

/**
 * @typedef {{ rate: number, seconds: number }} Step
 * @typedef {{ port: number, requests: string[], steps: Step[] }} Order
 */

/** @param {Order} order @returns {Promise<Answered[]>} */
async function run({ port, requests, steps }) {
  const loop = new OpenLoop(port);
  let sent = 0;
  let start = loop.start;
  for (const { rate, seconds } of steps) {
    const interval = 1_000 / rate;
    let due = start;
    start += seconds * 1_000;
    while (due < start) {
      for (const now = performance.now(); due < Math.min(now, start); due += interval)
        loop.send(/** @type {string} */ (requests[sent++ % requests.length]), due);
      await pause(2);
    }
  }
  const last = performance.now() + TIMEOUT_MS;
  while (loop.busy.size > 0 && performance.now() < last) await pause(20);
  loop.close();
  return loop.answers;
}

// A client that waits for a processor would measure itself. Only root may do this.
try {
  setPriority(-10);
} catch {
  console.error('the client has no priority, so its own delays are in the times');
}
process.on('message', (order) => {
  void run(/** @type {Order} */ (order)).then((answers) => process.send?.(answers));
});
