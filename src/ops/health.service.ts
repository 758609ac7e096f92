import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { isMigrated } from '../database/migrate.js';
import { SharedRedis } from '../cache/redis.module.js';
import { Drain } from '../http/drain.js';
import { Readiness } from './health.dto.js';

const PROBE_MS = 2_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
    private readonly drain: Drain,
  ) {}

  /** Ready: not stopping, the database answers and has all migrations. A cache that is away only costs time. */
  async readiness(): Promise<Readiness> {
    const [database, cache] = await Promise.all([this.#database(), this.redis.state()]);
    const canServe = database.migrations === 'current' ? 'ready' : 'unavailable';
    const status = this.drain.isDraining ? 'stopping' : canServe;
    return Readiness.from({ status, ...database, cache });
  }

  async #database(): Promise<Pick<Readiness, 'database' | 'migrations'>> {
    const answered = new AbortController();
    try {
      // A frozen database answers nothing at all, not even an error.
      const late = setTimeout(PROBE_MS, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`no answer in ${PROBE_MS} ms`);
      });
      const migrated = await Promise.race([isMigrated(this.orm), late]);
      return { database: 'up', migrations: migrated ? 'current' : 'pending' };
    } catch (error) {
      this.#logger.warn(`the database does not answer: ${(error as Error).message}`);
      return { database: 'down', migrations: 'unknown' };
    } finally {
      answered.abort();
    }
  }
}
