import { type Kysely, sql } from 'kysely';

/** Inserts rows and overwrites the rows whose key exists. All rows must have the same columns. */
export async function upsert<Tables>(
  db: Kysely<Tables>,
  table: string,
  rows: readonly object[],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first);
  await sql`
    insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.id(column)))})
    values ${sql.join(rows.map((row) => sql`(${sql.join(Object.values(row))})`))}
    on duplicate key update ${sql.join(
      columns.map((column) => sql`${sql.id(column)} = values(${sql.id(column)})`),
    )}`.execute(db);
}
