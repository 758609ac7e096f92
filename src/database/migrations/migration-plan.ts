/** The statements that pending migrations would run on a database, and the names in it that conflict with them. */
export class MigrationPlan {
  /** In execution order. A statement that repeats for batches of rows is listed once, without its values. */
  readonly statements: string[] = [];
  /** Sentences about tables and columns that have a name of the service but another shape. */
  readonly conflicts: string[] = [];
  /** `table.column` of each column that a migration would add and that exists with the right type. */
  readonly existingColumns: string[] = [];

  add(statement: string): void {
    const once = statement.replace(/(\([^()]*\?[^()]*\))((?:, | or )\1)+/g, '$1 …');
    if (!this.statements.includes(once)) this.statements.push(once);
  }

  /** The indexes that the planned statements add to a table and do not drop again. */
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

  /**
   * Records a conflict when an existing table lacks columns that `statement` would create.
   * @param existing existing columns and their types
   */
  compareTable(table: string, statement: string, existing: ReadonlyMap<string, string>): void {
    const columns = [...statement.matchAll(/^ +(\w+) /gm)]
      .map(([, word]) => word as string)
      .filter((word) => !['key', 'unique', 'fulltext', 'primary', 'constraint'].includes(word));
    const missing = columns.filter((column) => !existing.has(column));
    if (missing.length > 0)
      this.conflicts.push(`A table ${table} is there, without ${missing.join(', ')}: it is another one`);
  }

  /**
   * Compares the types of existing columns with the types that a migration would add.
   * @param columns names and definitions to add
   * @param existing existing columns and their types
   */
  compareColumns(
    table: string,
    columns: Readonly<Record<string, string>>,
    existing: ReadonlyMap<string, string>,
  ): void {
    for (const [column, definition] of Object.entries(columns)) {
      const type = existing.get(column);
      if (type === undefined) continue;
      const [wanted] = definition.split(' ') as [string];
      // MariaDB and older servers report a display width of integers, which has no effect.
      if (type.replace(/^(\w*int)\(\d+\)/, '$1') === wanted) this.existingColumns.push(`${table}.${column}`);
      else
        this.conflicts.push(
          `The column ${table}.${column} is there, of type ${type}; it should be ${wanted}`,
        );
    }
  }
}
