import { setTimeout } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { SharedRedis } from '../cache/redis.module.js';
import { Readiness } from './health.dto.js';

const PROBE_MS = 2_000;

@Injectable()
export class HealthService {
  readonly #logger = new Logger(HealthService.name);
  #migrated = false;

  constructor(
    private readonly orm: MikroORM,
    private readonly redis: SharedRedis,
  ) {}

  /** Ready: the database answers and has all migrations. A cache that is away only costs time. */
  async readiness(): Promise<Readiness> {
    const [database, cache] = await Promise.all([this.#database(), this.redis.state()]);
    const migrations = database === 'up' ? await this.#migrations() : 'unknown';
    const status = migrations === 'current' ? 'ready' : 'unavailable';
    return Readiness.from({ status, database, migrations, cache });
  }

  async #database(): Promise<'up' | 'down'> {
    const inTime = new AbortController();
    try {
      // A frozen database answers nothing at all, not even an error.
      const late = setTimeout(PROBE_MS, undefined, { signal: inTime.signal }).then(() => {
        throw new Error(`no answer in ${PROBE_MS} ms`);
      });
      await Promise.race([sql`select 1`.execute(this.orm.em.getKysely()), late]);
      return 'up';
    } catch (error) {
      this.#logger.warn(`the database does not answer: ${(error as Error).message}`);
      return 'down';
    } finally {
      inTime.abort();
    }
  }

  async #migrations(): Promise<'current' | 'pending'> {
    // Migrations are never undone under a running process: once current, it stays so.
    this.#migrated ||= (await this.orm.migrator.getPending()).length === 0;
    return this.#migrated ? 'current' : 'pending';
  }
}
