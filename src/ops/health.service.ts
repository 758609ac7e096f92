import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { isReadOnly } from '../database/failover.js';
import { isMigrated } from '../database/migrate.js';
import { SharedRedis } from '../cache/redis.module.js';
import { Readiness } from './health.dto.js';

const PROBE_MS = 2_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
  ) {}

  /** Ready: the database answers, accepts writes and has all migrations. A cache that is away only costs time. */
  async readiness(): Promise<Readiness> {
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
      return await Promise.race([this.#ask(), late]);
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
