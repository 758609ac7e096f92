import { inTransaction, READ_COMMITTED } from '../../src/database/transaction.js';
import { ListingRepository, type ListingRow } from '../../src/properties/write/listing.repository.js';
import { PriceLog } from '../../src/properties/search-index/price-log.js';
import { SearchWriter } from '../../src/properties/search-index/search-writer.js';
import type { TestDatabase } from './database.js';

/** A status and its date, without an offset, in the database's time zone. */
export type Step = readonly [status: string, at: string];

const ON_SALE: readonly Step[] = [['en_venta', '2026-05-01 10:00:00']];

/** Writes properties and their histories as other programs do, and derives their current status. */
export async function addProperties(
  database: TestDatabase,
  properties: readonly (Partial<ListingRow> & { history?: readonly Step[] })[],
): Promise<number[]> {
  const ids: number[] = [];
  for (const { history = ON_SALE, ...values } of properties) {
    const row = { address: 'Calle 1 # 2-3', city: 'Bogotá', price: 100_000_000, ...values };
    const columns = Object.keys(row);
    await database.run(
      `insert into property (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      Object.values(row),
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

/** Refreshes the derived data of these properties from their rows and histories. */
export async function derive(database: TestDatabase, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const { em } = database.orm;
  const listings = new ListingRepository(em);
  const work = async (): Promise<void> => {
    // As SearchWriter requires it: the legacy sync of a running service derives the same rows.
    await listings.lock(ids);
    await listings.refreshCurrentStatus(ids);
    await new SearchWriter(em, new PriceLog(em)).refresh(ids);
  };
  await inTransaction(em, work, READ_COMMITTED);
}

/** Counts all properties again: a test may have deleted some as other programs do. */
export async function recount({ orm: { em } }: TestDatabase): Promise<void> {
  const writer = new SearchWriter(em, new PriceLog(em));
  for (const city of await writer.cityKeys()) await inTransaction(em, () => writer.recountCity(city));
  await inTransaction(em, () => writer.recountCountry());
}

export async function addProperty(
  database: TestDatabase,
  values: Partial<ListingRow> & { history?: readonly Step[] } = {},
): Promise<number> {
  const [id] = await addProperties(database, [values]);
  return id!;
}
