import { type AbstractSqlConnection, EntityManager, MikroORM } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { Config } from '../config/config.js';
import { ProblemError } from '../http/problem.js';
import type { RawPool } from './raw-pool.js';
import { type NeededVersions, Replica } from './replica.js';
import { isStatementTimeout } from './server-errors.js';
import { limitPoolStatements } from './statement-deadline.js';
import { onConnection } from './transaction.js';

const BEAT_MS = 500;
// Many processes beat; one of them is enough.
const MIN_BEAT_AGE_MS = 400;

/** A result, and how far its data was behind the primary at most. */
export interface ReplicaRead<Result> {
  readonly result: Result;
  readonly lagMs: number;
}

/**
 * The read replicas of DATABASE_REPLICA_HOSTS. A read names the versions of the data that it must contain, so a replica never
 * answers from before a change that raised a version. Changes that raise none are at most 5 s late.
 */
@Injectable()
export class Replicas implements BeforeApplicationShutdown {
  all: readonly Replica[] = [];
  /** Reads by the server that answered. */
  readonly reads = new Map<string, number>();
  /** The newest known beat of the primary, and when it was read. */
  #beat = { at: Infinity, seenAt: 0 };
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly orm: MikroORM,
    private readonly em: EntityManager,
    private readonly config: Config,
  ) {}

  get areConfigured(): boolean {
    return this.config.database.replicaHosts.length > 0;
  }

  /** For processes that serve. Without it all reads go to the primary. */
  async start(statementTimeoutMs: number): Promise<void> {
    if (!this.areConfigured) return;
    // MikroORM opens and closes them, and gives out a random one.
    const connections = this.orm.em.getDriver()['replicas'] as AbstractSqlConnection[];
    const pools: unknown[] = await Promise.all(connections.map((it) => it.getNativeClient()));
    for (const pool of pools) limitPoolStatements(pool as RawPool, statementTimeoutMs);
    const lagBehind = (beat: number): number => this.#beat.at - beat + performance.now() - this.#beat.seenAt;
    this.all = this.config.database.replicaHosts.map(
      (address, i) => new Replica(address, connections[i]!, pools[i] as RawPool, lagBehind),
    );
    // Without a beat of the primary a replica would seem to be away.
    void this.#run().then(() => this.all.forEach((replica) => replica.start()));
  }

  /**
   * Runs `work` on a replica that has the versions, else on the primary. When the replica fails, `work` runs again on the primary.
   * @param needed read from the primary
   * @param work contains only reads
   */
  async read<Result>(needed: NeededVersions, work: () => Promise<Result>): Promise<ReplicaRead<Result>> {
    const replica = await this.#choose(needed);
    if (replica) {
      const { lagMs } = replica;
      try {
        const db = replica.connection.getClient() as unknown as Kysely<never>;
        const result = await onConnection(this.em, db, work);
        this.#count(replica.name);
        return { result, lagMs };
      } catch (error) {
        if (error instanceof ProblemError || isStatementTimeout(error)) throw error;
        replica.suspect(error);
      }
    }
    if (this.all.length > 0) this.#count('primary');
    return { result: await work(), lagMs: 0 };
  }

  beforeApplicationShutdown(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const replica of this.all) replica.close();
  }

  /** The usable replicas in turns. */
  async #choose(needed: NeededVersions): Promise<Replica | undefined> {
    const usable = this.all.filter((replica) => replica.isUsable);
    const first = this.#next++ % Math.max(1, usable.length);
    const inTurn = [...usable.slice(first), ...usable.slice(0, first)];
    const ready = inTurn.find((replica) => replica.hasReached(needed));
    if (ready) return ready;
    const [next] = inTurn;
    return next && (await next.reaches(needed)) && next.isUsable ? next : undefined;
  }

  #count(server: string): void {
    this.reads.set(server, (this.reads.get(server) ?? 0) + 1);
  }

  async #run(): Promise<void> {
    // While the primary is away, the lag of the replicas grows. The next check of the primary's health reports it.
    await this.#renewBeat().catch(() => {});
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#run(), BEAT_MS).unref();
  }

  async #renewBeat(): Promise<void> {
    const db = this.em.getKysely<never>();
    const now = sql`floor(unix_timestamp(now(3)) * 1000)`;
    await sql`
      update replica_heartbeat set beat_at = ${now}
      where id = 1 and beat_at not between ${now} - ${MIN_BEAT_AGE_MS} and ${now}`.execute(db);
    const { rows } = await sql<{ at: number }>`select beat_at as at from replica_heartbeat`.execute(db);
    if (rows[0]) this.#beat = { at: rows[0].at, seenAt: performance.now() };
  }
}
