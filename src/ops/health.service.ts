import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { FailingSteps } from '../background/failing-steps.js';
import { isReadOnly } from '../database/failover.js';
import { isMigrated } from '../database/migrate.js';
import { SharedRedis } from '../cache/shared-redis.js';
import { Drain } from '../http/drain.js';
import { Readiness } from './health.dto.js';
import { shareFor } from './share-for.js';

const DATABASE_TIMEOUT_MS = 2_000;
// Probes have no rate limit; this bounds their statements to one run per second.
const READINESS_CACHE_MS = 1_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);
  #last: Readiness | null = null;
  readonly #sharedReadiness = shareFor(READINESS_CACHE_MS, () => this.#readiness());
  // After a timeout the statement stays in the queue of the pool; the next probe waits for the same one.
  readonly #sharedDatabaseState = shareFor(0, () => this.#queryDatabaseState());

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
    private readonly drain: Drain,
    private readonly failingSteps: FailingSteps,
  ) {}

  /**
   * Ready: the process is not stopping, and the database answers, accepts writes and has all migrations. Redis is optional.
   */
  async readiness(): Promise<Readiness> {
    // Without a query: a load balancer must see the stop at once.
    if (this.drain.isDraining && this.#last) return { ...this.#last, status: 'stopping' };
    this.#last = await this.#sharedReadiness();
    return this.drain.isDraining ? { ...this.#last, status: 'stopping' } : this.#last;
  }

  async #readiness(): Promise<Readiness> {
    const [database, cache] = await Promise.all([this.#databaseState(), this.redis.state()]);
    const isReady = database.database === 'up' && database.migrations === 'current';
    const status = isReady ? 'ready' : 'unavailable';
    const failingSteps = this.failingSteps
      .list()
      .map(({ step, failures, since }) => ({ step, failures, since: since.toISOString() }));
    return Readiness.from({ status, ...database, cache, failingSteps });
  }

  async #databaseState(): Promise<Pick<Readiness, 'database' | 'migrations'>> {
    const answered = new AbortController();
    try {
      // A frozen database sends nothing, not even an error.
      const timeout = setTimeout(DATABASE_TIMEOUT_MS, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`no answer in ${DATABASE_TIMEOUT_MS} ms`);
      });
      return await Promise.race([this.#sharedDatabaseState(), timeout]);
    } catch (error) {
      this.#logger.warn(`the database does not answer: ${(error as Error).message}`);
      return { database: 'down', migrations: 'unknown' };
    } finally {
      answered.abort();
    }
  }

  async #queryDatabaseState(): Promise<Pick<Readiness, 'database' | 'migrations'>> {
    const database = (await isReadOnly(this.orm.em.getKysely<never>())) ? 'read-only' : 'up';
    return { database, migrations: (await isMigrated(this.orm)) ? 'current' : 'pending' };
  }
}
