import { setTimeout as pause } from 'node:timers/promises';
import { Migration } from '@mikro-orm/migrations';
import { hasNumber, isLockWaitTimeout, isMissingObject, SERVER_ERRORS } from '../server-errors.js';
import type { MigrationPlan } from './migration-plan.js';

const RETRY_PAUSE_MS = 1_000;
const MAX_DDL_WAIT_MS = 300_000;
const MAX_WRITE_ATTEMPTS = 10;
const RANGE_ROWS = 20_000;

/**
 * A migration for tables that other programs keep using. It can be interrupted anywhere and run again: it reads the schema and
 * adds what is missing, because both servers commit at each schema statement.
 *
 * A schema statement needs an exclusive metadata lock for a moment. While it waits for a long transaction, every later statement
 * on the table waits behind it. So it waits at most two seconds (the session's lock_wait_timeout, see migrate()), lets the others
 * pass and tries again.
 */
export abstract class OnlineMigration extends Migration {
  /** When set, nothing is changed: the statements are added to the plan instead of run. */
  plan?: MigrationPlan;

  /** Runs a schema statement. Retries lock-wait timeouts for five minutes. */
  protected async ddl(statement: string): Promise<void> {
    if (this.plan) {
      const [, table] = /^create table if not exists (\w+)/.exec(statement) ?? [];
      const existing = table && (await this.#columnsOf(table));
      if (existing && existing.size > 0) this.plan.compareTable(table, statement, existing);
      else this.plan.add(statement);
      return;
    }
    const end = performance.now() + MAX_DDL_WAIT_MS;
    await this.#retry(statement, [], (error) => isLockWaitTimeout(error) && performance.now() < end);
  }

  /** Creates the procedure, unless the account may not create procedures. */
  protected async createProcedure(statement: string): Promise<void> {
    await this.ddl(statement).catch((error: unknown) => {
      if (!hasNumber(error, SERVER_ERRORS.DATABASE_DENIED, SERVER_ERRORS.ROUTINE_DENIED)) throw error;
    });
  }

  /** Changes a table while others read and write it. Fails without a change when the server cannot do that online. */
  protected async alter(table: string, change: string): Promise<void> {
    if (this.plan) return this.plan.add(`alter table ${table} ${change}`);
    try {
      await this.ddl(`alter table ${table} ${change}, algorithm = instant`);
    } catch (error) {
      const { ALGORITHM_UNSUPPORTED, ALGORITHM_UNSUPPORTED_REASON } = SERVER_ERRORS;
      if (!hasNumber(error, ALGORITHM_UNSUPPORTED, ALGORITHM_UNSUPPORTED_REASON)) throw error;
      await this.ddl(`alter table ${table} ${change}, algorithm = inplace, lock = none`);
    }
  }

  /**
   * Adds the columns and indexes that a table lacks.
   * @param columns definition by name
   * @param indexes definition by name
   */
  protected async addMissing(
    table: string,
    { columns = {}, indexes = {} }: { columns?: Record<string, string>; indexes?: Record<string, string> },
  ): Promise<void> {
    const presentColumns = await this.#columnsOf(table);
    this.plan?.compareColumns(table, columns, presentColumns);
    const missing = Object.entries(columns).filter(([name]) => !presentColumns.has(name));
    const added = missing.map(([name, type]) => `add column ${name} ${type}`);
    if (added.length > 0) await this.#add(table, added.join(', '), SERVER_ERRORS.DUPLICATE_COLUMN);
    const presentIndexes = await this.#indexesOf(table);
    // One statement per index, because the server builds a single index while others write.
    for (const [name, definition] of Object.entries(indexes))
      if (!presentIndexes.has(name))
        await this.#add(table, `add ${definition}`, SERVER_ERRORS.DUPLICATE_INDEX);
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

  /** The rows of a read. In a plan, a table or column that does not exist yet has no rows. */
  protected async select<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.execute(statement, parameters)) as Row[];
    } catch (error) {
      if (this.plan && isMissingObject(error)) return [];
      throw error;
    }
  }

  /** Runs a statement that writes rows. It retries a deadlock or lock-wait timeout, after which the statement changed nothing. */
  protected async write(statement: string, parameters: unknown[] = []): Promise<void> {
    if (this.plan) return this.plan.add(statement);
    const isLocked = (error: unknown) => isLockWaitTimeout(error) || hasNumber(error, SERVER_ERRORS.DEADLOCK);
    await this.#retry(statement, parameters, (error, n) => isLocked(error) && n < MAX_WRITE_ATTEMPTS);
  }

  /**
   * Runs a data statement for each range of ids of `property_search`, so that it never locks many rows.
   * @param statement has two parameters: the ids are above the first one, up to the second one
   */
  protected async writeInRanges(statement: string): Promise<void> {
    for (let after = 0; ;) {
      const [range] = await this.select<{ last: number | null }>(
        `select max(property_id) as last from (
          select property_id from property_search where property_id > ? order by property_id limit ${RANGE_ROWS}
        ) batch`,
        [after],
      );
      const last = range?.last ?? null;
      if (last === null) return;
      await this.write(statement, [after, last]);
      after = last;
    }
  }

  async #retry(
    statement: string,
    parameters: unknown[],
    mayRetry: (error: unknown, attempts: number) => boolean,
  ): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      try {
        await this.execute(statement, parameters);
        return;
      } catch (error) {
        if (!mayRetry(error, attempts)) throw error;
        await pause(RETRY_PAUSE_MS);
      }
    }
  }

  // A duplicate is no error: the server may have finished the same statement of a killed process.
  async #add(table: string, change: string, duplicate: number): Promise<void> {
    await this.alter(table, change).catch((error: unknown) => {
      if (!hasNumber(error, duplicate)) throw error;
    });
  }

  /** Column types by name; empty when the table does not exist. */
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
