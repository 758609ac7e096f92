import { cityKey } from '../../src/properties/city-key.js';
import { ListingRepository, type ListingRow } from '../../src/properties/listing.repository.js';
import type { TestDatabase } from './database.js';

/** A status and its naive date in the database's zone. */
export type Step = readonly [status: string, at: string];

const ON_SALE: readonly Step[] = [['en_venta', '2026-05-01 10:00:00']];

/** Writes properties with their histories, as other programs write them, and has their current status derived. */
export async function addProperties(
  database: TestDatabase,
  properties: readonly (Partial<ListingRow> & { history?: readonly Step[] })[],
): Promise<number[]> {
  const ids: number[] = [];
  for (const { history = ON_SALE, ...values } of properties) {
    const row = { address: 'Calle 1 # 2-3', city: 'Bogotá', price: 100_000_000, ...values };
    const all = { ...row, city_key: cityKey(row.city) || null };
    const columns = Object.keys(all);
    await database.run(
      `insert into property (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      Object.values(all),
    );
    const [made] = await database.run<{ id: number }>('select max(id) as id from property');
    ids.push(made!.id);
    for (const [status, at] of history) await addStatus(database, made!.id, status, at);
  }
  await derive(database, ids);
  return ids;
}

export async function addStatus(
  database: TestDatabase,
  id: number,
  status: string,
  at: string,
): Promise<void> {
  await database.run(
    'insert into status_history (property_id, status_id, update_date) select ?, id, ? from status where name = ?',
    [id, at, status],
  );
}

/** Brings the current status of these properties up to date with their histories. */
export async function derive(database: TestDatabase, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await new ListingRepository(database.orm.em).refreshCurrentStatus(ids);
}

export async function addProperty(
  database: TestDatabase,
  values: Partial<ListingRow> & { history?: readonly Step[] } = {},
): Promise<number> {
  const [id] = await addProperties(database, [values]);
  return id!;
}
