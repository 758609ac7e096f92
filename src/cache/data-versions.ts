import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import { prepared } from '../database/statement-deadline.js';
import { NextRun } from './next-run.js';

/** Each number rises with every change of its data, in the transaction of the change. */
export interface Versions {
  /** Properties, their statuses and counts. */
  readonly search: number;
  /** The numbers of the ranking, and the popularity of properties. */
  readonly ranking: number;
}

// A read that takes longer may wait for a connection that a failover has left open.
const MAX_WAIT_MS = 100;

const READ_VERSIONS = prepared(
  'select s.version as search, r.version as ranking from search_state s, ranking_state r',
);

/** Reads the current versions of the data. Concurrent callers share one statement. It is the only one of an answer from memory. */
@Injectable()
export class DataVersions extends SqlRepository {
  readonly #reads = new NextRun(() => this.#read(), MAX_WAIT_MS);

  /** Contain all changes that any process committed before this call. Do not call it in a transaction. */
  current(): Promise<Versions> {
    return this.#reads.get();
  }

  async #read(): Promise<Versions> {
    const { rows } = await sql.raw<Versions>(READ_VERSIONS).execute(this.db);
    return rows[0]!;
  }
}
