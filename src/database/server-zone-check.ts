import { setTimeout as pause } from 'node:timers/promises';
import { EntityManager } from '@mikro-orm/mysql';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { databaseProblem } from './database-errors.js';
import { describeZone, isInZone, readServerZone, type ServerZone } from './server-zone.js';

const RETRY_MS = 5_000;

/** Logs one warning when DATABASE_TIMEZONE is not the server's zone. Retries while the database is away. */
@Injectable()
export class ServerZoneCheck implements BeforeApplicationShutdown {
  readonly #logger = new Logger('database');
  readonly #stop = new AbortController();

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
  ) {}

  /** Starts the check and returns without waiting for the database. */
  start(): void {
    void this.#run();
  }

  beforeApplicationShutdown(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#compare(await readServerZone(this.em));
        return;
      } catch (error) {
        if (signal.aborted) return;
        // The health check and the workers report a database that is away.
        if (!databaseProblem(error)) {
          this.#logger.error(error);
          return;
        }
      }
      await pause(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  #compare(zone: ServerZone): void {
    const { timezone } = this.config.database;
    if (isInZone(zone, timezone)) return;
    const names = `@@global.time_zone ${zone.global}, @@system_time_zone ${zone.system}`;
    this.#logger.warn(
      `DATABASE_TIMEZONE is ${timezone}, but the zone of the database server is ${describeZone(zone)} (${names}). A status ` +
        'that another program dates in the zone of the server may not become the current status; docs/adoption.md says what to set',
    );
  }
}
