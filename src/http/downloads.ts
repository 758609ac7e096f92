import type { FastifyInstance } from 'fastify';

const ENDING = '.csv';
const DOWNLOAD_MS = 600_000;

/** Whether a route gives a file in parts, and not JSON at once. */
export function isDownload(route: string | undefined): boolean {
  return route?.endsWith(ENDING) ?? false;
}

/** A file may take its time: it is sent while it is read. To be called before routes are added. */
export function allowLongDownloads(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (isDownload(route.url)) route.handlerTimeout = DOWNLOAD_MS;
  });
}
