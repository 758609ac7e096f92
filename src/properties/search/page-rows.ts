import { type Kysely, sql } from 'kysely';
import type { PropertyFilter } from './filter.js';
import { type PropertyRow, SELECTED_COLUMNS } from '../model/property-row.js';
import type { Tables } from '../model/kysely-tables.js';
import { branchesOf, type Sql } from './filter-sql.js';
import { inBranch, type Order, source, walk } from './page-sql.js';

/** A home of a page, and its value of the sort key. */
export interface FoundRow extends PropertyRow {
  sort_key: string | number | null;
}

/** Reads the rows that `keys` names: keys first, rows after, so that only the page is read in full. */
export async function readPageRows(db: Kysely<Tables>, keys: Sql, { direction }: Order): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`
    select ${SELECTED_COLUMNS}, page.k as sort_key
    from ${keys} page straight_join property p on p.id = page.property_id
    order by page.k ${sql.raw(direction)}, page.property_id ${sql.raw(direction)}`.execute(db);
  return rows;
}

/** Reads the first `limit` rows of a walk. In one branch they come in order, and no keys have to be merged before. */
export async function readRowsInOrder(
  db: Kysely<Tables>,
  filter: PropertyFilter,
  index: string,
  order: Order,
  conditions: readonly Sql[],
  limit: number,
): Promise<FoundRow[]> {
  const words = !!filter.words;
  const [branch, ...others] = branchesOf(filter);
  if (!branch || others.length > 0)
    return readPageRows(db, walk(filter, index, order, conditions, limit, { words }), order);
  const { rows } = await sql<FoundRow>`
    select ${SELECTED_COLUMNS}, ${order.key} as sort_key
    from ${source(index, { words })} straight_join property p on p.id = s.property_id
    ${inBranch(branch, order, conditions, limit)}`.execute(db);
  return rows;
}
