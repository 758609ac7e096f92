import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The value of Fastify's `trustProxy`: it reads `X-Forwarded-*` only on connections from these proxies. */
export function trustProxies(proxies: readonly string[]): string[] | false {
  if (proxies.length === 0) return false;
  return proxies.map((proxy) => (proxy === 'private' ? 'uniquelocal' : proxy));
}

/**
 * An `onRequest` hook that must run before anything reads `request.ip`. It removes ports from the addresses in
 * `X-Forwarded-For`. It drops the rightmost entry that is not an address, and all entries to its left. Otherwise
 * `request.ip` could be a text that the caller chose, or differ for each connection of one caller.
 */
export function cleanForwardedFor({ raw }: FastifyRequest, _reply: unknown, done: () => void): void {
  const { 'x-forwarded-for': header } = raw.headers;
  if (header !== undefined) {
    const entries = String(header).split(',').map(withoutPort);
    const lastInvalid = entries.findLastIndex((entry) => isIP(entry) === 0);
    raw.headers['x-forwarded-for'] = entries.slice(lastInvalid + 1).join(', ');
  }
  done();
}

// Some load balancers write `192.0.2.1:4711` or `[2001:db8::1]:4711`.
function withoutPort(entry: string): string {
  const text = entry.trim();
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}
