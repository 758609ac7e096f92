import { isIP, SocketAddress } from 'node:net';

export const PROXIES_WANTED =
  'addresses, networks such as 10.0.0.0/8 (no wider than /8, or /16 of IPv6), loopback or private, with commas';

// Refuses wide networks: a caller inside a trusted network can forge its address with X-Forwarded-For.
export function isProxy(text: string): boolean {
  if (text === 'loopback' || text === 'private') return true;
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  if (prefix === undefined) return true;
  // Refuses IPv4-mapped IPv6 networks: ::ffff:0.0.0.0/96 contains every IPv4 address.
  if (version === 6 && new SocketAddress({ address, family: 'ipv6' }).address.startsWith('::ffff:'))
    return false;
  const [min, max] = version === 4 ? [8, 32] : [16, 128];
  return Number(prefix) >= min && Number(prefix) <= max;
}
