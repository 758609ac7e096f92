import { isIP } from 'node:net';

/** Address of a database server. */
export interface Host {
  readonly host: string;
  readonly port: number;
}

// HOST, HOST:PORT or [IPv6]:PORT.
const HOST = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i;

/**
 * @param text servers with commas between them
 * @returns null when one of them is malformed
 */
export function parseHosts(text: string, defaultPort: number): readonly Host[] | null {
  const hosts = text.split(/\s*,\s*/).map((item) => parseHost(item, defaultPort));
  return hosts.every((host) => host !== null) ? Object.freeze(hosts) : null;
}

function parseHost(item: string, defaultPort: number): Host | null {
  if (isIP(item) === 6) return Object.freeze({ host: item, port: defaultPort });
  const [, v6, name, port = String(defaultPort)] = HOST.exec(item) ?? [];
  const host = v6 ?? name;
  return host && Number(port) > 0 && Number(port) <= 65_535
    ? Object.freeze({ host, port: Number(port) })
    : null;
}
