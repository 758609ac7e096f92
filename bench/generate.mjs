// Fills an empty, migrated database with homes: the facts only. What is derived from them `rebuild` derives.
import { createConnection } from 'mysql2/promise';
import { home } from './homes.mjs';

const BATCH = 2_000;

/**
 * @param {import('mysql2/promise').ConnectionOptions} database
 * @param {number} count
 * @param {(done: number) => void} [progress]
 */
export async function generate(database, count, progress = () => {}) {
  const connection = await createConnection(database);
  const [statuses] = /** @type {[{ id: number, name: string }[], unknown]} */ (
    /** @type {unknown} */ (await connection.query('select id, name from status'))
  );
  const idOf = new Map(statuses.map(({ id, name }) => [name, id]));
  for (let first = 1; first <= count; first += BATCH) {
    const homes = Array.from({ length: Math.min(BATCH, count - first + 1) }, (_, i) => home(first + i));
    const columns = Object.keys(home(1).row);
    await connection.beginTransaction();
    await connection.query(`insert into property (${columns.join(', ')}) values ?`, [
      homes.map(({ row }) => Object.values(row)),
    ]);
    await connection.query('insert into status_history (property_id, status_id, update_date) values ?', [
      homes.flatMap(({ row, history }) => history.map(({ status, at }) => [row.id, idOf.get(status), at])),
    ]);
    await connection.commit();
    progress(first + homes.length - 1);
  }
  await connection.end();
}
