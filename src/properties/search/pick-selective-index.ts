import { type Kysely, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { all, conditionsOf, inSections, type Sql } from './filter-sql.js';
import { indexOn, source } from './page-sql.js';
import type { PageQuery } from './page-query.js';

/**
 * The index that leads to fewer than `limit` rows, of several the one to the fewest; null when none does.
 * @param options.cities whether all homes of the cities may be few, too
 */
export async function pickSelectiveIndex(
  db: Kysely<Tables>,
  { filter, statusIds }: Pick<PageQuery, 'filter' | 'statusIds'>,
  limit: number,
  { cities = false } = {},
): Promise<string | null> {
  const conditions = conditionsOf(filter, statusIds);
  // All homes of a country are never few enough to ask; those of a city may be.
  const candidates = new Map<string, readonly Sql[]>(
    cities && filter.cityKeys ? [[indexOn('newest', filter), []]] : [],
  );
  for (const column of ['price', 'year', 'area', 'location'] as const) {
    const own = conditions.filter(({ on }) => on === column).map(({ sql: condition }) => condition);
    if (own.length > 0) candidates.set(indexOn(column, filter), own);
  }
  if (candidates.size === 0) return null;
  const counts = [...candidates].map(
    ([index, own]) => sql`
    (select ${index} as name, count(*) as n from (
      select 1 from ${source(index)} where ${all([inSections(filter), ...own])} limit ${limit}
    ) some)`,
  );
  const { rows } = await sql<{ name: string; n: number }>`${sql.join(counts, sql` union all `)}`.execute(db);
  const [fewest] = rows.toSorted((a, b) => a.n - b.n);
  return fewest && fewest.n < limit ? fewest.name : null;
}
