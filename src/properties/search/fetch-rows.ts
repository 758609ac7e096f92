import { type Kysely, sql } from 'kysely';
import { PROPERTY_COLUMNS, type PropertyRow } from '../property-row.js';
import type { Tables } from '../tables.js';
import type { Sql } from './conditions.js';
import type { Order } from './keys.js';

/** A home of a page, and its value of the sort key. */
export interface FoundRow extends PropertyRow {
  sort_key: string | number | null;
}

/** Reads the rows that `keys` names: keys first, rows after, so that only the page is read in full. */
export async function fetchRows(db: Kysely<Tables>, keys: Sql, { direction }: Order): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`
    select ${sql.join(PROPERTY_COLUMNS.map((column) => sql.ref(`p.${column}`)))}, page.k as sort_key
    from ${keys} page straight_join property p on p.id = page.property_id
    order by page.k ${sql.raw(direction)}, page.property_id ${sql.raw(direction)}`.execute(db);
  return rows;
}
