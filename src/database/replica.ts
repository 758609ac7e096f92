import type { AbstractSqlConnection } from '@mikro-orm/mysql';
import { Logger } from '@nestjs/common';
import type { Host } from '../config/database-hosts.js';
import { CheckConnection } from './check-connection.js';
import type { RawConnection, RawPool } from './raw-pool.js';

/** Versions of the data: a replica has a change when it has reached the version of the change. */
export interface NeededVersions {
  readonly search?: number;
  readonly ranking?: number;
}
type Versions = Required<NeededVersions>;

// A change that raises no version must be seen within 10 s. A shared cache keeps an answer for 5 s of them.
const MAX_LAG_MS = 5_000;
// A replica that is away or behind is left out within a second: the pause before a check and the timeout of the check.
const CHECK_MS = 200;
const CHECK_TIMEOUT_MS = 750;
const MAX_CHECK_AGE_MS = CHECK_MS + CHECK_TIMEOUT_MS;
const CHECK_AWAY_MS = 1_000;
// After a read on it failed, a replica is left out for so long, also when its checks succeed.
const SUSPECT_MS = 1_000;
// While reads wait until the replica has reached a version.
const CHECK_WAITING_MS = 5;
const MAX_WAIT_MS = 100;
// After a read has waited in vain, reads do not wait for the replica.
const NO_WAIT_MS = 1_000;
// A firewall may have dropped a connection that was idle for longer.
const MAX_IDLE_MS = 60_000;

const READ_STATE = `select h.beat_at as beat, s.version as search, r.version as ranking
  from replica_heartbeat h, search_state s, ranking_state r`;

/** A read replica. Checks its state again and again, on a connection of its own. */
export class Replica {
  readonly name: string;
  readonly #logger = new Logger('database');
  readonly #check: CheckConnection;
  /** The connections of the pool, each with the time since which it is idle. */
  readonly #connections = new Map<RawConnection, number>();
  #versions: Versions = { search: -1, ranking: -1 };
  #lagMs = Infinity;
  #checkedAt = -Infinity;
  #leftOutUntil = -Infinity;
  #mayWaitAt = -Infinity;
  #waiting: { needed: NeededVersions; done: (isReached: boolean) => void }[] = [];
  #wasUsable: boolean | null = null;
  #isChecking = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param connection MikroORM's connection to the replica
   * @param pool the pool of `connection`
   * @param lagBehind the milliseconds since a beat of the primary's heartbeat
   */
  constructor(
    address: Host,
    readonly connection: AbstractSqlConnection,
    pool: RawPool,
    private readonly lagBehind: (beat: number) => number,
  ) {
    this.name = `${address.host}:${address.port}`;
    const { user, password, database, ssl } = pool.config.connectionConfig;
    this.#check = new CheckConnection(address, { user, password, database, ssl }, CHECK_TIMEOUT_MS);
    pool.on('connection', (opened) => {
      for (const event of ['end', 'error'] as const)
        opened.once(event, () => this.#connections.delete(opened));
    });
    pool.on('acquire', (used) => this.#connections.set(used, Infinity));
    pool.on('release', (idle) => this.#connections.set(idle, performance.now()));
  }

  start(): void {
    void this.#run();
  }

  /** How far its data is behind the primary at most, in milliseconds; Infinity when the replica is away. */
  get lagMs(): number {
    const now = performance.now();
    const age = now - this.#checkedAt;
    return age > MAX_CHECK_AGE_MS || now < this.#leftOutUntil ? Infinity : this.#lagMs + age;
  }

  get isUsable(): boolean {
    return this.lagMs <= MAX_LAG_MS;
  }

  hasReached({ search = -1, ranking = -1 }: NeededVersions): boolean {
    return this.#versions.search >= search && this.#versions.ranking >= ranking;
  }

  /** @returns whether the replica reaches the versions within 100 ms */
  async reaches(needed: NeededVersions): Promise<boolean> {
    if (this.hasReached(needed)) return true;
    if (performance.now() < this.#mayWaitAt) return false;
    return new Promise((resolve) => {
      const timeout = setTimeout(() => {
        this.#mayWaitAt = performance.now() + NO_WAIT_MS;
        this.#waiting = this.#waiting.filter((one) => one.done !== done);
        resolve(false);
      }, MAX_WAIT_MS);
      const done = (isReached: boolean): void => {
        clearTimeout(timeout);
        resolve(isReached);
      };
      this.#waiting.push({ needed, done });
      void this.#run();
    });
  }

  /** A read on it failed. */
  suspect(error: unknown): void {
    this.#leftOutUntil = performance.now() + SUSPECT_MS;
    this.#report((error as Error).message);
    void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#check.close();
    this.#endWaiting(false);
  }

  async #run(): Promise<void> {
    if (this.#isChecking || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#isChecking = true;
    let isAway = false;
    try {
      const [row] = await this.#check.run(() => this.#check.query<Versions & { beat: number }>(READ_STATE));
      if (!row) throw new Error('the replica has no heartbeat');
      this.#versions = row;
      this.#lagMs = Math.max(0, this.lagBehind(row.beat));
      this.#checkedAt = performance.now();
      this.#dropIdle();
      this.#report('it is more than 5 s behind the primary, or its replication has stopped');
    } catch (error) {
      isAway = true;
      this.#leave(error as Error);
    } finally {
      this.#isChecking = false;
    }
    this.#endWaiting(!isAway);
    if (this.#isClosed) return;
    const pauseMs = isAway ? CHECK_AWAY_MS : this.#waiting.length > 0 ? CHECK_WAITING_MS : CHECK_MS;
    this.#timer = setTimeout(() => void this.#run(), pauseMs).unref();
  }

  /** A frozen replica never ends its statements: their connections are broken, so the reads continue on the primary. */
  #leave(error: Error): void {
    this.#checkedAt = -Infinity;
    this.#report(error.message);
    for (const { stream } of this.#connections.keys()) stream.destroy(error);
  }

  #dropIdle(): void {
    for (const [connection, idleSince] of this.#connections) {
      if (performance.now() - idleSince < MAX_IDLE_MS) continue;
      this.#connections.delete(connection);
      connection.destroy();
    }
  }

  /** Ends the waits for versions that the replica has reached; all of them when it cannot be used. */
  #endWaiting(canUse: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      const isReached = canUse && this.hasReached(one.needed);
      if (isReached || !canUse) one.done(isReached);
      else this.#waiting.push(one);
    }
  }

  #report(why: string): void {
    const { isUsable } = this;
    if (isUsable === this.#wasUsable || this.#isClosed) return;
    const isAgain = this.#wasUsable === false;
    this.#wasUsable = isUsable;
    if (isUsable) this.#logger[isAgain ? 'warn' : 'log'](`using the replica ${this.name}`);
    else this.#logger.warn(`not using the replica ${this.name}: ${why}`);
  }
}
