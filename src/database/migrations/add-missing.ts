import type { Migration } from '@mikro-orm/migrations';

export async function hasIndex(migration: Migration, table: string, index: string): Promise<boolean> {
  const rows = (await migration.execute(
    'select 1 from information_schema.statistics where table_schema = database() and table_name = ? and index_name = ?',
    [table, index],
  )) as unknown[];
  return rows.length > 0;
}

/**
 * Adds the columns and indexes that a table lacks, in one ALTER, so that a migration can be interrupted and run
 * again. Both servers commit at each ALTER, and only one of them knows ADD COLUMN IF NOT EXISTS.
 */
export async function addMissing(
  migration: Migration,
  table: string,
  wanted: { columns: Record<string, string>; indexes: Record<string, string> },
): Promise<void> {
  const names = async (sql: string): Promise<Set<string>> => {
    const rows = (await migration.execute(sql, [table])) as { name: string }[];
    return new Set(rows.map(({ name }) => name));
  };
  const columns = await names(
    'select column_name as name from information_schema.columns where table_schema = database() and table_name = ?',
  );
  const indexes = await names(
    'select index_name as name from information_schema.statistics where table_schema = database() and table_name = ?',
  );
  const changes = [
    ...Object.entries(wanted.columns).flatMap(([name, type]) =>
      columns.has(name) ? [] : [`add column ${name} ${type}`],
    ),
    ...Object.entries(wanted.indexes).flatMap(([name, definition]) =>
      indexes.has(name) ? [] : [`add ${definition}`],
    ),
  ];
  if (changes.length > 0) await migration.execute(`alter table ${table} ${changes.join(', ')}`);
}
