import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Inserts rows and overwrites the rows whose key exists. A column that a row lacks gets its default.
 * @param rows of numbers, texts and nulls
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
  // A query builder makes several objects for each of thousands of values.
  const parameters: unknown[] = [];
  const placeholderOf = (value: unknown): string => {
    if (value === undefined) return 'default';
    parameters.push(value);
    return '?';
  };
  const tuples = (rows as readonly Record<string, unknown>[]).map(
    (row) => `(${columns.map((column) => placeholderOf(row[column])).join(', ')})`,
  );
  await db.executeQuery(
    CompiledQuery.raw(
      `insert into \`${table}\` (${columns.map((column) => `\`${column}\``).join(', ')}) values ${tuples.join(', ')}
      on duplicate key update ${overwritten.map((column) => `\`${column}\` = values(\`${column}\`)`).join(', ')}`,
      parameters,
    ),
  );
}
