import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { FailingSteps } from '../background/failing-steps.js';
import { isReadOnly } from '../database/failover.js';
import { Replicas } from '../database/replicas.js';
import { isMigrated } from '../database/migrate.js';
import { LoadCache } from '../cache/load-cache.js';
import { SharedRedis } from '../cache/shared-redis.js';
import { Config } from '../config/config.js';
import { Drain } from '../http/drain.js';
import type { Readiness } from './health.dto.js';

type DatabaseState = Pick<Readiness, 'database' | 'migrations'>;

const DATABASE_TIMEOUT_MS = 2_000;
// Probes have no rate limit; this bounds their statements to one run per second.
const READINESS_CACHE_MS = 1_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);
  #last: Readiness | null = null;
  readonly #cached = new LoadCache<'readiness', Readiness>({ maxSize: 1, maxAge: READINESS_CACHE_MS });
  readonly #running = new LoadCache<'state', DatabaseState>({ maxSize: 1, maxAge: 0 });

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
    private readonly drain: Drain,
    private readonly failingSteps: FailingSteps,
    private readonly config: Config,
    private readonly replicas: Replicas,
  ) {}

  /**
   * Ready: the process is not stopping, and the database answers, accepts writes and has all migrations. Redis is optional.
   */
  async readiness(): Promise<Readiness> {
    // Without a query: a load balancer must see the stop at once.
    if (this.drain.isDraining && this.#last) return { ...this.#last, status: 'stopping' };
    this.#last = await this.#cached.get('readiness', () => this.#readiness());
    return this.drain.isDraining ? { ...this.#last, status: 'stopping' } : this.#last;
  }

  async #readiness(): Promise<Readiness> {
    const [database, cache] = await Promise.all([this.#databaseState(), this.redis.state()]);
    const isReady = database.database === 'up' && database.migrations === 'current';
    const status = isReady ? 'ready' : 'unavailable';
    const replicas = this.#replicaCounts();
    const { services } = this.config;
    const failingSteps = this.failingSteps.list();
    return { status, ...database, cache, ...(replicas && { replicas }), failingSteps, services };
  }

  #replicaCounts(): Readiness['replicas'] {
    const { all, areConfigured } = this.replicas;
    const usable = all.filter(({ isUsable }) => isUsable).length;
    return areConfigured ? { usable, leftOut: all.length - usable } : undefined;
  }

  async #databaseState(): Promise<DatabaseState> {
    const answered = new AbortController();
    try {
      // A frozen database sends nothing, not even an error.
      const timeout = setTimeout(DATABASE_TIMEOUT_MS, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`no answer in ${DATABASE_TIMEOUT_MS} ms`);
      });
      // After a timeout the statement stays in the queue of the pool; the next probe waits for the same one.
      const state = this.#running.get('state', () =>
        this.#queryDatabaseState().finally(() => this.#running.delete('state')),
      );
      return await Promise.race([state, timeout]);
    } catch (error) {
      this.#logger.warn(`the database does not answer: ${(error as Error).message}`);
      return { database: 'down', migrations: 'unknown' };
    } finally {
      answered.abort();
    }
  }

  async #queryDatabaseState(): Promise<DatabaseState> {
    const database = (await isReadOnly(this.orm.em.getKysely<never>())) ? 'read-only' : 'up';
    return { database, migrations: (await isMigrated(this.orm)) ? 'current' : 'pending' };
  }
}
