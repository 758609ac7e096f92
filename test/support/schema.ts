import type { TestDatabase } from './database.js';

/** The CREATE TABLE statement of each table, without AUTO_INCREMENT values. */
export async function schemaOf(database: TestDatabase): Promise<Record<string, string>> {
  const tables = await database.run<{ name: string }>(
    'select table_name as name from information_schema.tables where table_schema = database() order by 1',
  );
  const schema: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await database.run<Record<string, string>>(`show create table ${name}`);
    schema[name] = row!['Create Table']!.replace(/ AUTO_INCREMENT=\d+/, '');
  }
  return schema;
}
