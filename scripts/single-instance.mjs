import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// An abstract socket (Linux) vanishes with its process, whatever ends that: nothing stale to clean up.
const abstract = process.platform === 'linux';

/** @param {string} folder whose parent exists */
export function socketOf(folder) {
  const place = join(realpathSync(dirname(folder)), basename(folder));
  const hash = createHash('sha256').update(`${process.getuid?.()} ${place}`).digest('hex').slice(0, 24);
  return abstract ? `\0property-service-${hash}` : join(tmpdir(), `property-service-${hash}.sock`);
}

/**
 * @param {string} socket
 * @returns {Promise<net.Socket | undefined>} undefined if nobody listens there
 */
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
 * Listens, unless another process does.
 * @param {string} socket
 * @param {(client: net.Socket) => void} [onConnection]
 * @returns {Promise<net.Server | undefined>}
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
 * Waits until nobody else holds the name; a killed holder holds nothing.
 * @param {string} folder that the holder changes
 * @param {() => void} [onWait]
 * @returns {Promise<net.Server>} whose `close()` is the end of the turn
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
