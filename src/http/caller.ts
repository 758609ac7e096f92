import { AsyncLocalStorage } from 'node:async_hooks';
import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

const requests = new AsyncLocalStorage<FastifyRequest>();

/** A `preValidation` hook: the handlers of this request find it by `currentRequest()`. */
export function keepRequest(request: FastifyRequest, _reply: unknown, done: () => void): void {
  requests.run(request, done);
}

/** The request that this code runs for; undefined in a worker or a command. */
export const currentRequest = (): FastifyRequest | undefined => requests.getStore();

/** Names whose share a request uses: the user's when the route read a token, else the address's. */
export function callerOf(request: FastifyRequest | undefined): string {
  if (!request) return 'none';
  const { caller } = request as { caller?: { id: number } };
  return caller ? `user ${caller.id}` : networkOf(request.ip);
}

/** The address; of IPv6 the first 64 bits, because one subscriber has them all. */
export function networkOf(ip: string): string {
  // Without an address when the connection has been closed.
  const [address = ''] = String(ip).split('%', 1);
  if (!isIPv6(address)) return address;
  // The URL parser gives one spelling to each address.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return `${groups.slice(0, 4).join(':')}::`;
  const ipv4 = groups.slice(6).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  return ipv4.join('.');
}

/** This caller is refused for what the same caller does. The same request of another caller may succeed. */
export class CallerRefused extends ProblemError {}

/** The caller has closed the connection, or the time of the request is over. */
export class CallerGone extends CallerRefused {
  constructor() {
    super('unavailable');
  }
}

export class TooManyRequests extends CallerRefused {
  constructor(seconds: number) {
    super('too-many-requests', { headers: { 'retry-after': String(seconds) } });
  }
}
