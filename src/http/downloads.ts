import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const DOWNLOAD_SUFFIX = '.csv';
const DOWNLOAD_TIMEOUT_MS = 600_000;
/** A download holds a connection to the database: it ends when its reader takes nothing for this time. */
const STALLED_MS = 30_000;

/** Whether the route streams a file instead of sending JSON. */
export function isDownload(route: string | undefined): boolean {
  return route?.endsWith(DOWNLOAD_SUFFIX) ?? false;
}

/**
 * Gives downloads, which are streamed, a longer handler timeout, and ends those that nobody reads. Call it before routes are added.
 * @param others routes that stream JSON
 */
export function allowLongDownloads(
  fastify: FastifyInstance,
  others: readonly string[],
  stalledMs = STALLED_MS,
): void {
  const isStreamed = (route: string | undefined): boolean =>
    isDownload(route) || others.includes(route ?? '');
  fastify.addHook('onRoute', (route) => {
    if (isStreamed(route.url)) route.handlerTimeout = DOWNLOAD_TIMEOUT_MS;
  });
  // Node destroys a socket that neither sends nor receives for this time.
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isStreamed(request.routeOptions.url) && request.socket instanceof Socket)
      request.socket.setTimeout(stalledMs);
    done();
  });
}
