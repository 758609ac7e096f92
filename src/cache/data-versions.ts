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

// A read that takes longer may wait for a connection that a failover has left open.
const MAX_WAIT_MS = 100;

/** Reads the current versions of the data. Concurrent callers share one statement. */
@Injectable()
export class DataVersions extends SqlRepository {
  #running: Promise<unknown> | null = null;
  #next: Promise<Versions> | null = null;

  /**
   * Each caller sees all changes that were committed before its call, by any process. So it never gets a read that was already
   * running: it waits for the next one, which all waiting callers share. Do not call it in a transaction.
   */
  current(): Promise<Versions> {
    this.#next ??= this.#readNext();
    return this.#next;
  }

  async #readNext(): Promise<Versions> {
    if (this.#running) await withPatience(this.#running);
    // All requests that have arrived by now share the read.
    await setImmediate();
    this.#next = null;
    const read = this.#read();
    this.#running = read;
    const forget = (): void => {
      if (this.#running === read) this.#running = null;
    };
    read.then(forget, forget);
    return read;
  }

  async #read(): Promise<Versions> {
    const { rows } = await sql<Versions>`
      select s.version as search, r.version as ranking from search_state s, ranking_state r`.execute(this.db);
    return rows[0]!;
  }
}

/** Waits until the work ends, also in an error, but not for long. */
function withPatience(work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_WAIT_MS);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}
