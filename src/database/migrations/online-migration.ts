import { setTimeout as pause } from 'node:timers/promises';
import { Migration } from '@mikro-orm/migrations';

const LOCK_WAIT_TIMEOUT = 1205;
const UNSUPPORTED = new Set([1845, 1846]);
const DUPLICATE_COLUMN = 1060;
const DUPLICATE_INDEX = 1061;
const PAUSE_MS = 1_000;
const ATTEMPTS = 300;

/**
 * A migration for tables that others go on using meanwhile, which may be interrupted anywhere and run again: it looks
 * what is there, and adds what is missing. Both servers commit at each statement that changes the schema.
 *
 * Such a statement needs the table for itself for a moment. While it waits for a long transaction everybody else waits
 * behind it: so it waits for two seconds at most (the session's lock_wait_timeout, see migrate()), lets the others
 * through and tries again.
 */
export abstract class OnlineMigration extends Migration {
  protected async ddl(statement: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.execute(statement);
        return;
      } catch (error) {
        if (errnoOf(error) !== LOCK_WAIT_TIMEOUT || attempt === ATTEMPTS) throw error;
        await pause(PAUSE_MS);
      }
    }
  }

  /** Changes a table in place while others read and write it; where that is impossible it fails, and changes nothing. */
  protected async alter(table: string, change: string): Promise<void> {
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
    const present = await this.#namesOf('columns', 'column_name', table);
    const missing = Object.entries(columns).filter(([name]) => !present.has(name));
    const added = missing.map(([name, type]) => `add column ${name} ${type}`);
    if (added.length > 0) await this.#add(table, added.join(', '), DUPLICATE_COLUMN);
    const there = await this.#namesOf('statistics', 'index_name', table);
    // One by one: each is built while others write.
    for (const [name, definition] of Object.entries(indexes))
      if (!there.has(name)) await this.#add(table, `add ${definition}`, DUPLICATE_INDEX);
  }

  protected async dropIndex(table: string, index: string): Promise<void> {
    if (await this.hasIndex(table, index)) await this.alter(table, `drop index ${index}`);
  }

  protected async hasIndex(table: string, index: string): Promise<boolean> {
    return (await this.#namesOf('statistics', 'index_name', table)).has(index);
  }

  protected async hasColumn(table: string, column: string): Promise<boolean> {
    return (await this.#namesOf('columns', 'column_name', table)).has(column);
  }

  /** Rows of a statement that only reads. */
  protected async select<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.execute(statement, parameters)) as Row[];
  }

  // The server may have gone on with the statement of a process that was killed: then it is there now.
  async #add(table: string, change: string, duplicate: number): Promise<void> {
    await this.alter(table, change).catch((error: unknown) => {
      if (errnoOf(error) !== duplicate) throw error;
    });
  }

  async #namesOf(what: 'columns' | 'statistics', name: string, table: string): Promise<Set<string>> {
    const rows = await this.select<{ name: string }>(
      `select ${name} as name from information_schema.${what} where table_schema = database() and table_name = ?`,
      [table],
    );
    return new Set(rows.map((row) => row.name));
  }
}

export function errnoOf(error: unknown): number {
  return (error as { errno?: number }).errno ?? 0;
}
