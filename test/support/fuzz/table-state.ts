import type { TestDatabase } from '../database.js';

/** Tables that refused requests and reads may change. */
const WRITTEN_BY_ANY = new Set([
  'account_email', // an index, which is completed when it is read
  'sign_in', // a refresh token that is used twice ends its sign-in
  'refresh_token',
  'sign_in_failure', // refused sign-ins are counted
]);

/** Notices which tables have changed since it last looked. */
export class TableState {
  #checksums = new Map<string, unknown>();

  private constructor(
    private readonly database: TestDatabase,
    private readonly tables: readonly string[],
  ) {}

  static async of(database: TestDatabase): Promise<TableState> {
    const rows = await database.run<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'",
    );
    const state = new TableState(
      database,
      rows.map(({ name }) => name).filter((name) => !WRITTEN_BY_ANY.has(name)),
    );
    await state.changed();
    return state;
  }

  async changed(): Promise<string[]> {
    const rows = await this.database.run<{ Table: string; Checksum: unknown }>(
      `checksum table ${this.tables.map((name) => `\`${name}\``).join(', ')}`,
    );
    const changed = rows
      .filter(({ Table, Checksum }) => this.#checksums.get(Table) !== Checksum)
      .map(({ Table }) => Table);
    this.#checksums = new Map(rows.map(({ Table, Checksum }) => [Table, Checksum]));
    return changed;
  }
}
