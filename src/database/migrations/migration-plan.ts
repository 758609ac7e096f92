/** What migrations would do to a database, and what of them stands in their way. */
export class MigrationPlan {
  /** In their order; of those that are repeated for batches of rows each is there once, without its values. */
  readonly statements: string[] = [];
  /** What has the name of something of ours and is not that. */
  readonly conflicts: string[] = [];
  /** Columns that would be added, and are there as they should be. */
  readonly taken: string[] = [];

  add(statement: string): void {
    const once = statement.replace(/(\([^()]*\?[^()]*\))((?:, | or )\1)+/g, '$1 …');
    if (!this.statements.includes(once)) this.statements.push(once);
  }

  /** The indexes that a table is going to have had added, and not dropped again. */
  indexesOf(table: string): Set<string> {
    const indexes = new Set<string>();
    for (const statement of this.statements) {
      if (!new RegExp(`^(create table if not exists|alter table) ${table} `).test(statement)) continue;
      for (const [, drops, name = ''] of statement.matchAll(/(?:\bkey|(drop index)) (\w+)/g))
        if (drops === undefined) indexes.add(name);
        else indexes.delete(name);
    }
    return indexes;
  }

  /** Whether a table that is there has what it would have if it were created. */
  compareTable(table: string, statement: string, standing: ReadonlyMap<string, string>): void {
    const columns = [...statement.matchAll(/^ +(\w+) /gm)]
      .map(([, word]) => word as string)
      .filter((word) => !['key', 'unique', 'fulltext', 'primary', 'constraint'].includes(word));
    const missing = columns.filter((column) => !standing.has(column));
    if (missing.length > 0)
      this.conflicts.push(`A table ${table} is there, without ${missing.join(', ')}: it is another one`);
  }

  /** Whether columns that are there are of the types that they would be added with. */
  compareColumns(
    table: string,
    columns: Readonly<Record<string, string>>,
    standing: ReadonlyMap<string, string>,
  ): void {
    for (const [column, definition] of Object.entries(columns)) {
      const type = standing.get(column);
      const [wanted] = definition.split(' ') as [string];
      // MariaDB, and older servers, tell a width of integers, which means nothing.
      if (type === undefined) continue;
      if (type.replace(/^(\w*int)\(\d+\)/, '$1') === wanted) this.taken.push(`${table}.${column}`);
      else
        this.conflicts.push(
          `The column ${table}.${column} is there, of type ${type}; it should be ${wanted}`,
        );
    }
  }
}
