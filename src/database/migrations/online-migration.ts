import { setTimeout as pause } from 'node:timers/promises';
import { Migration } from '@mikro-orm/migrations';

import type { MigrationPlan } from './migration-plan.js';

const LOCK_WAIT_TIMEOUT = 1205;
const UNSUPPORTED = new Set([1845, 1846]);
const DUPLICATE_COLUMN = 1060;
const DUPLICATE_INDEX = 1061;
const NOT_THERE = new Set([1146, 1054]);
const PAUSE_MS = 1_000;
const PATIENCE_MS = 300_000;
const DEADLOCK = 1213;
const ATTEMPTS = 10;

/**
 * A migration for tables that others go on using meanwhile, which may be interrupted anywhere and run again: it looks
 * what is there, and adds what is missing. Both servers commit at each statement that changes the schema.
 *
 * Such a statement needs the table for itself for a moment. While it waits for a long transaction everybody else waits
 * behind it: so it waits for two seconds at most (the session's lock_wait_timeout, see migrate()), lets the others
 * through and tries again.
 */
export abstract class OnlineMigration extends Migration {
  /** Set: nothing is changed; what would be is written down here. */
  plan?: MigrationPlan;

  protected async ddl(statement: string): Promise<void> {
    if (this.plan) {
      const [, table] = /^create table if not exists (\w+)/.exec(statement) ?? [];
      const standing = table && (await this.#columnsOf(table));
      if (standing && standing.size > 0) this.plan.compareTable(table, statement, standing);
      else this.plan.add(statement);
      return;
    }
    const start = performance.now();
    for (;;) {
      try {
        await this.execute(statement);
        return;
      } catch (error) {
        if (errnoOf(error) !== LOCK_WAIT_TIMEOUT || performance.now() - start > PATIENCE_MS) throw error;
        await pause(PAUSE_MS);
      }
    }
  }

  /** Changes a table in place while others read and write it; where that is impossible it fails, and changes nothing. */
  protected async alter(table: string, change: string): Promise<void> {
    if (this.plan) return this.plan.add(`alter table ${table} ${change}`);
    try {
      await this.ddl(`alter table ${table} ${change}, algorithm = instant`);
    } catch (error) {
      if (!UNSUPPORTED.has(errnoOf(error))) throw error;
      await this.ddl(`alter table ${table} ${change}, algorithm = inplace, lock = none`);
    }
  }

  /** Adds the columns and indexes that a table lacks. */
  protected async addMissing(
    table: string,
    { columns = {}, indexes = {} }: { columns?: Record<string, string>; indexes?: Record<string, string> },
  ): Promise<void> {
    const present = await this.#columnsOf(table);
    this.plan?.compareColumns(table, columns, present);
    const missing = Object.entries(columns).filter(([name]) => !present.has(name));
    const added = missing.map(([name, type]) => `add column ${name} ${type}`);
    if (added.length > 0) await this.#add(table, added.join(', '), DUPLICATE_COLUMN);
    const there = await this.#indexesOf(table);
    // One by one: each is built while others write.
    for (const [name, definition] of Object.entries(indexes))
      if (!there.has(name)) await this.#add(table, `add ${definition}`, DUPLICATE_INDEX);
  }

  protected async dropIndex(table: string, index: string): Promise<void> {
    if (await this.hasIndex(table, index)) await this.alter(table, `drop index ${index}`);
  }

  protected async dropForeignKey(table: string, name: string): Promise<void> {
    const rows = await this.select(
      'select 1 from information_schema.table_constraints where table_schema = database() and table_name = ? and constraint_name = ?',
      [table, name],
    );
    const isPlanned = this.plan?.statements.some((statement) => statement.includes(`constraint ${name} `));
    if (rows.length > 0 || isPlanned) await this.alter(table, `drop foreign key ${name}`);
  }

  protected async hasIndex(table: string, index: string): Promise<boolean> {
    return (await this.#indexesOf(table)).has(index);
  }

  protected async hasColumn(table: string, column: string): Promise<boolean> {
    return (await this.#columnsOf(table)).has(column);
  }

  /** Rows of a statement that only reads. */
  protected async select<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.execute(statement, parameters)) as Row[];
    } catch (error) {
      // What is only planned has no rows.
      if (this.plan && NOT_THERE.has(errnoOf(error))) return [];
      throw error;
    }
  }

  /** A statement that writes rows. Given up for others' locks, none of it has happened, and it is run again. */
  protected async write(statement: string, parameters: unknown[] = []): Promise<void> {
    if (this.plan) return this.plan.add(statement);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.execute(statement, parameters);
        return;
      } catch (error) {
        const isLocked = [DEADLOCK, LOCK_WAIT_TIMEOUT].includes(errnoOf(error));
        if (!isLocked || attempt === ATTEMPTS) throw error;
        await pause(PAUSE_MS);
      }
    }
  }

  // The server may have gone on with the statement of a process that was killed: then it is there now.
  async #add(table: string, change: string, duplicate: number): Promise<void> {
    await this.alter(table, change).catch((error: unknown) => {
      if (errnoOf(error) !== duplicate) throw error;
    });
  }

  /** The columns of a table and their types; none when it is not there. */
  async #columnsOf(table: string): Promise<Map<string, string>> {
    const rows = await this.select<{ name: string; type: string }>(
      `select column_name as name, column_type as type from information_schema.columns
      where table_schema = database() and table_name = ?`,
      [table],
    );
    return new Map(rows.map(({ name, type }) => [name, type]));
  }

  async #indexesOf(table: string): Promise<Set<string>> {
    const rows = await this.select<{ name: string }>(
      'select index_name as name from information_schema.statistics where table_schema = database() and table_name = ?',
      [table],
    );
    return new Set([...rows.map((row) => row.name), ...(this.plan?.indexesOf(table) ?? [])]);
  }
}

export function errnoOf(error: unknown): number {
  return (error as { errno?: number }).errno ?? 0;
}
