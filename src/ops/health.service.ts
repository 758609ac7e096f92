import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { isReadOnly } from '../database/failover.js';
import { isMigrated } from '../database/migrate.js';
import { SharedRedis } from '../cache/redis.module.js';
import { Drain } from '../http/drain.js';
import { Readiness } from './health.dto.js';
import { shareFor } from './share-for.js';

const PROBE_MS = 2_000;
// Probes are not rate limited: however many come, the database is asked once in a second.
const READINESS_MS = 1_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);
  #last: Readiness | null = null;
  readonly #shared = shareFor(READINESS_MS, () => this.#readiness());
  // A probe that no longer waits leaves its statement behind in the queue of the pool: the next one waits for the same.
  readonly #asked = shareFor(0, () => this.#ask());

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
    private readonly drain: Drain,
  ) {}

  /** Ready: not stopping, and the database answers, accepts writes and has all migrations. A cache that is away only costs time. */
  async readiness(): Promise<Readiness> {
    // Without asking the database: a load balancer must learn at once that the process stops.
    if (this.drain.isDraining && this.#last) return { ...this.#last, status: 'stopping' };
    this.#last = await this.#shared();
    return this.drain.isDraining ? { ...this.#last, status: 'stopping' } : this.#last;
  }

  async #readiness(): Promise<Readiness> {
    const [database, cache] = await Promise.all([this.#database(), this.redis.state()]);
    const isReady = database.database === 'up' && database.migrations === 'current';
    const status = isReady ? 'ready' : 'unavailable';
    return Readiness.from({ status, ...database, cache });
  }

  async #database(): Promise<Pick<Readiness, 'database' | 'migrations'>> {
    const answered = new AbortController();
    try {
      // A frozen database answers nothing at all, not even an error.
      const late = setTimeout(PROBE_MS, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`no answer in ${PROBE_MS} ms`);
      });
      return await Promise.race([this.#asked(), late]);
    } catch (error) {
      this.#logger.warn(`the database does not answer: ${(error as Error).message}`);
      return { database: 'down', migrations: 'unknown' };
    } finally {
      answered.abort();
    }
  }

  async #ask(): Promise<Pick<Readiness, 'database' | 'migrations'>> {
    const database = (await isReadOnly(this.orm.em.getKysely<never>())) ? 'read-only' : 'up';
    return { database, migrations: (await isMigrated(this.orm)) ? 'current' : 'pending' };
  }
}
