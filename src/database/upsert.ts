import { type Kysely, sql } from 'kysely';

/**
 * Inserts rows and overwrites the rows whose key exists. A column that a row lacks gets its default.
 * @param insertOnly columns that are not overwritten
 */
export async function upsert<Tables>(
  db: Kysely<Tables>,
  table: string,
  rows: readonly object[],
  insertOnly: readonly string[] = [],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const overwritten = columns.filter((column) => !insertOnly.includes(column));
  const valueOf = (value: unknown) => (value === undefined ? sql`default` : sql`${value}`);
  const tuples = (rows as readonly Record<string, unknown>[]).map(
    (row) => sql`(${sql.join(columns.map((column) => valueOf(row[column])))})`,
  );
  await sql`
    insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.id(column)))}) values ${sql.join(tuples)}
    on duplicate key update ${sql.join(
      overwritten.map((column) => sql`${sql.id(column)} = values(${sql.id(column)})`),
    )}`.execute(db);
}
