import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { all, conditionsOf, inIndexRanges, type Sql } from './filter-sql.js';
import { fromIndex, indexOn } from './page-sql.js';
import type { PageQuery } from './page-query.js';

/**
 * Finds the index whose conditions match the fewest rows, in one statement that counts at most `limit` rows per index.
 * @param options.cities also consider reading all properties of the cities
 * @returns the name of the index; null when every index matches `limit` rows or more
 */
export async function pickSelectiveIndex(
  db: Kysely<Tables>,
  { filter, statusIds }: Pick<PageQuery, 'filter' | 'statusIds'>,
  limit: number,
  { cities = false } = {},
): Promise<string | null> {
  const conditions = conditionsOf(filter, statusIds);
  // All properties of a country are never few; all properties of a city may be.
  const candidates = new Map<string, readonly Sql[]>(
    cities && filter.cityKeys ? [[indexOn('newest', filter), []]] : [],
  );
  for (const column of ['price', 'year', 'area', 'location', 'price_drop'] as const) {
    const onColumn = conditions.filter(({ on }) => on === column).map(({ sql: condition }) => condition);
    if (onColumn.length > 0) candidates.set(indexOn(column, filter), onColumn);
  }
  if (candidates.size === 0) return null;
  const counts = [...candidates].map(
    ([index, onIndex]) => sql`
    (select ${index} as name, count(*) as n from (
      select 1 from ${fromIndex(index)} where ${all([inIndexRanges(filter), ...onIndex])} limit ${limit}
    ) some)`,
  );
  const { rows } = await sql<{ name: string; n: number }>`${sql.join(counts, sql` union all `)}`.execute(db);
  const [fewest] = rows.toSorted((a, b) => a.n - b.n);
  return fewest && fewest.n < limit ? fewest.name : null;
}
