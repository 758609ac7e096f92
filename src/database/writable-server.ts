import { connect, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { Host } from '../config/database-hosts.js';
import type { Login } from './check-connection.js';
import { type ServerState, WatchedServer } from './watched-server.js';

/** Pause between two checks of a server, while one accepts writes, and while none does. */
const WATCH_MS = 1_000;
const SEARCH_MS = 250;
/** The states of a server, the most useful one last. */
const USES: readonly ServerState[] = ['away', 'readable', 'unknown', 'writable'];

/** The configuration of one connection of mysql2, which is not shared with other connections. */
interface ConnectionConfig extends Partial<Host> {
  stream?: unknown;
}

/**
 * Finds the server that accepts writes among the servers of DATABASE_HOST, and follows it. While none accepts writes, it names one that
 * can be read.
 */
export class WritableServer {
  readonly #logger = new Logger('database');
  readonly #servers: readonly WatchedServer[];
  #current: WatchedServer;
  /** The servers that were not checked since the last suspicion. */
  #unchecked: Set<WatchedServer>;
  #waiting: (() => void)[] = [];
  #wasKnown = false;
  #wasDenied = false;

  /** @param moved called when new connections lead to another server */
  constructor(
    hosts: readonly Host[],
    login: Login,
    private readonly moved: (from: ServerState) => void,
  ) {
    this.#servers = hosts.map((address) => {
      const server: WatchedServer = new WatchedServer(address, login, {
        intervalMs: () => (this.#current.state === 'writable' ? WATCH_MS : SEARCH_MS),
        checked: () => this.#choose(server),
        denied: () => this.#warnDenied(),
      });
      return server;
    });
    this.#current = this.#servers[0]!;
    this.#unchecked = new Set(this.#servers);
    for (const server of this.#servers) server.check();
  }

  /** Calls `next` once the server is known, at the latest when each server was checked. */
  whenKnown(next: () => void): void {
    if (this.#isKnown) next();
    else this.#waiting.push(next);
  }

  /** A connection to the current server broke or was read-only: all servers are checked at once. */
  suspect(): void {
    if (this.#current.state === 'writable') {
      this.#current.state = 'unknown';
      this.#unchecked = new Set(this.#servers);
    }
    for (const server of this.#servers) server.check();
  }

  /** Why no server can be used. */
  get failure(): Error | null {
    return this.#current.state === 'away' ? this.#current.failure : null;
  }

  /** The option `stream` of mysql2: opens the socket of a new connection. */
  readonly openSocket = ({ config }: { config: ConnectionConfig }): Socket => {
    const { address } = this.#current;
    // KILL, which MikroORM sends on a connection of its own with the same configuration, must reach the same server.
    Object.assign(config, address, { stream: undefined });
    return connect({ ...address, noDelay: true, keepAlive: true });
  };

  close(): void {
    for (const server of this.#servers) server.close();
    this.#unchecked.clear();
    this.#release();
  }

  get #isKnown(): boolean {
    return this.#current.state === 'writable' || this.#unchecked.size === 0;
  }

  #choose(checked: WatchedServer): void {
    this.#unchecked.delete(checked);
    const best = this.#best();
    if (best !== this.#current) {
      const from = this.#current.state;
      this.#current = best;
      const { host, port } = best.address;
      this.#logger[this.#wasKnown ? 'warn' : 'log'](
        `using the database at ${host}:${port}, which accepts ${best.state === 'writable' ? 'writes' : 'only reads'}`,
      );
      this.moved(from);
    }
    if (!this.#isKnown) return;
    this.#wasKnown = true;
    this.#release();
  }

  /** The current server stays, unless another one can do more. While it is being checked, only one that accepts writes can. */
  #best(): WatchedServer {
    const use = (server: WatchedServer): number =>
      server.state === 'unknown' && server !== this.#current ? 0 : USES.indexOf(server.state);
    return this.#servers.reduce((best, server) => (use(server) > use(best) ? server : best), this.#current);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const next of waiting) next();
  }

  #warnDenied(): void {
    if (this.#wasDenied) return;
    this.#wasDenied = true;
    this.#logger.warn(
      'the account cannot read performance_schema.replication_group_members: if the servers are a replication group, grant SELECT on it, ' +
        'so that a member outside its group is not taken for the primary (docs/failover.md)',
    );
  }
}
