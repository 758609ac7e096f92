import { type Kysely, sql } from 'kysely';
import type { PropertyFilter } from './filter.js';
import { type PropertyRow, LIST_COLUMNS } from '../model/property-row.js';
import type { Tables } from '../model/kysely-tables.js';
import { indexRangesOf, type Sql } from './filter-sql.js';
import { fromIndex, type Order, walk, walkRange } from './page-sql.js';

/** A property of a page, with its sort value. */
export interface FoundRow extends PropertyRow {
  sort_key: string | number | null;
}

/** Reads the rows of `keys`, a subquery of `page-sql.ts`. Only the rows of the page are read in full. */
export async function readPageRows(db: Kysely<Tables>, keys: Sql, { direction }: Order): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`
    select ${LIST_COLUMNS}, page.k as sort_key
    from ${keys} page straight_join property p on p.id = page.property_id
    order by page.k ${sql.raw(direction)}, page.property_id ${sql.raw(direction)}`.execute(db);
  return rows;
}

/** Reads the first `limit` rows of a walk. One index range returns its rows in order, so it needs no merge of keys. */
export async function readRowsInOrder(
  db: Kysely<Tables>,
  filter: PropertyFilter,
  index: string,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
): Promise<FoundRow[]> {
  const words = !!filter.words;
  const [range, ...otherRanges] = indexRangesOf(filter);
  if (!range || otherRanges.length > 0)
    return readPageRows(db, walk(filter, index, order, conditions, limit, { words }), order);
  const { rows } = await sql<FoundRow>`
    select ${LIST_COLUMNS}, ${order.key} as sort_key
    from ${fromIndex(index, { words })} straight_join property p on p.id = s.property_id
    ${walkRange(range, order, conditions, limit)}`.execute(db);
  return rows;
}
