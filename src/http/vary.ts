import type { FastifyReply } from 'fastify';

/** Adds a request header to `Vary`, unless it is there. */
export function varyBy(reply: FastifyReply, header: string): void {
  const vary = String(reply.getHeader('vary') ?? '');
  const names = vary.toLowerCase().split(/ *, */);
  if (names.includes('*') || names.includes(header.toLowerCase())) return;
  reply.header('vary', vary ? `${vary}, ${header}` : header);
}
