import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Linux has abstract sockets, which the kernel removes with their process: no stale socket files.
const abstract = process.platform === 'linux';
/** The longest name. Node.js 20 pads shorter names with NUL to this length, Node.js 24 does not: padded, they are the same in both. */
const ABSTRACT_NAME_BYTES = 108;

/** @param {string} folder its parent must exist @returns {string} name of the socket that stands for the folder and this user */
export function socketOf(folder) {
  const place = join(realpathSync(dirname(folder)), basename(folder));
  const hash = createHash('sha256').update(`${process.getuid?.()} ${place}`).digest('hex').slice(0, 24);
  return abstract
    ? `\0property-service-${hash}`.padEnd(ABSTRACT_NAME_BYTES, '\0')
    : join(tmpdir(), `property-service-${hash}.sock`);
}

/** @param {string} socket @returns {Promise<net.Socket | undefined>} undefined if no process listens */
export async function connect(socket) {
  const connection = net.connect(socket);
  try {
    await once(connection, 'connect');
    return connection;
  } catch (error) {
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    if (['ECONNREFUSED', 'ECONNRESET', 'ENOENT'].includes(code)) return undefined;
    throw error;
  }
}

/**
 * Listens unless another process already does.
 * @param {string} socket
 * @param {(client: net.Socket) => void} [onConnection]
 * @returns {Promise<net.Server | undefined>} undefined if another process listens
 */
export async function listenAlone(socket, onConnection) {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  try {
    await once(server.listen(socket), 'listening');
    return server;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
  }
  if (abstract) return undefined;
  const other = await connect(socket);
  other?.destroy();
  if (other) return undefined;
  rmSync(socket, { force: true });
  return listenAlone(socket, onConnection);
}

/**
 * Takes an exclusive lock between processes, and waits for it if necessary. The lock ends with its process.
 * @param {string} folder the folder that the holder may change
 * @param {() => void} [onWait] called once, when the lock is taken
 * @returns {Promise<net.Server>} `close()` releases the lock
 */
export async function takeTurn(folder, onWait) {
  const socket = socketOf(folder);
  for (let waits = 0; ; waits++) {
    const turn = await listenAlone(socket);
    if (turn) return turn;
    if (waits === 0) onWait?.();
    await sleep(100);
  }
}
