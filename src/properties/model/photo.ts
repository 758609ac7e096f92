import { BlockList, isIP } from 'node:net';

/** A photo of a property. The service stores its address and never fetches it. */
export interface Photo {
  readonly url: string;
  readonly caption: string | null;
}

export const MAX_PHOTOS = 50;
/** Characters. */
export const MAX_PHOTO_URL = 1_000;

/** Addresses that no public server has (IANA special-purpose address registries). */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  SPECIAL.addSubnet(network, prefix);
// Protocols, addresses that contain one of IPv4 (Teredo, 6to4), documentation.
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv6');
/** All public IPv6 addresses so far. */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|lan|home|corp|home\.arpa|test|invalid)$/;

/** Whether a text is an https URL without a user name whose host is public by its name. The name is not looked up. */
export function isPhotoUrl(text: string): boolean {
  if (text.length > MAX_PHOTO_URL || !/^https:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 4) return !SPECIAL.check(address);
  if (isIP(address) === 6) return GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
  const name = hostname.replace(/\.$/, '');
  return name.includes('.') && !LOCAL_NAMES.test(name);
}

/** The column `photos`: one JSON object a line, so that SQL can read the first one. @returns null without photos */
export function toColumn(photos: readonly Photo[] | null): string | null {
  if (!photos || photos.length === 0) return null;
  return photos.map(({ url, caption }) => JSON.stringify({ url, caption: caption ?? null })).join('\n');
}

/** @param column the whole column `photos`, or its first line */
export function photosOf(column: string | null): Photo[] {
  return column === null ? [] : column.split('\n').map((line) => JSON.parse(line) as Photo);
}
