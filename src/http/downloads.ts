import type { FastifyInstance } from 'fastify';

const DOWNLOAD_SUFFIX = '.csv';
const DOWNLOAD_TIMEOUT_MS = 600_000;

/** Whether the route streams a file instead of sending JSON. */
export function isDownload(route: string | undefined): boolean {
  return route?.endsWith(DOWNLOAD_SUFFIX) ?? false;
}

/**
 * Gives downloads, which are streamed, a longer handler timeout. Call it before routes are added.
 * @param others routes that stream JSON
 */
export function allowLongDownloads(fastify: FastifyInstance, others: readonly string[]): void {
  fastify.addHook('onRoute', (route) => {
    if (isDownload(route.url) || others.includes(route.url)) route.handlerTimeout = DOWNLOAD_TIMEOUT_MS;
  });
}
