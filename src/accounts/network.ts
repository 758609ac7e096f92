import { isIPv6, SocketAddress } from 'node:net';

/** An IPv4 address as it is, or the first four groups of an IPv6 address: one customer has a whole /64 network. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { address: short } = new SocketAddress({ address, family: 'ipv6' });
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(short) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = '', tail = ''] = short.split('::').map((part) => part.split(':').filter(Boolean).join(':'));
  const groups = head.split(':').filter(Boolean);
  const last = tail.split(':').filter(Boolean);
  const zeros = Array<string>(8 - groups.length - last.length).fill('0');
  return [...groups, ...zeros, ...last].slice(0, 4).join(':');
}
