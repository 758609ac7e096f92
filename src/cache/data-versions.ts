import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';

/** Each number rises with every change of its data, in the transaction of the change. */
export interface Versions {
  /** Properties, their statuses and counts. */
  readonly search: number;
  /** The numbers of the ranking, and the popularity of properties. */
  readonly ranking: number;
}

/** Reads the current versions of the data. Concurrent callers share one statement. */
@Injectable()
export class DataVersions extends SqlRepository {
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Versions> | null = null;

  /**
   * Each caller sees all changes that were committed before its call, by any process. So it never gets a read that was already
   * running: it waits for the next one, which all waiting callers share.
   */
  current(): Promise<Versions> {
    if (!this.#next) {
      const start = async (): Promise<Versions> => {
        // All requests that have arrived by now share the read.
        await setImmediate();
        this.#next = null;
        return this.#read();
      };
      this.#next = this.#last.then(start, start);
      this.#last = this.#next;
    }
    return this.#next;
  }

  async #read(): Promise<Versions> {
    const { rows } = await sql<Versions>`
      select s.version as search, r.version as ranking from search_state s, ranking_state r`.execute(this.db);
    return rows[0]!;
  }
}
