// Fills an empty, migrated database with properties, users, likes and like events. `rebuild` fills the derived tables.
import { createConnection } from 'mysql2/promise';
import { likesOf, property } from './properties.mjs';

const ROWS_PER_BATCH = 2_000;
const LIKES_PER_BATCH = 10_000;

/** @param {number} propertyCount */
export const userCountOf = (propertyCount) => Math.ceil(propertyCount / 5);

/**
 * Inserts properties and their status rows.
 * @param {import('mysql2/promise').ConnectionOptions} database
 * @param {number} count
 * @param {(done: number) => void} [progress] called after each batch
 */
export async function generateProperties(database, count, progress = () => {}) {
  const connection = await createConnection(database);
  const [statuses] = /** @type {[{ id: number, name: string }[], unknown]} */ (
    /** @type {unknown} */ (await connection.query('select id, name from status'))
  );
  const idOf = new Map(statuses.map(({ id, name }) => [name, id]));
  for (let first = 1; first <= count; first += ROWS_PER_BATCH) {
    const batch = Array.from({ length: Math.min(ROWS_PER_BATCH, count - first + 1) }, (_, i) =>
      property(first + i),
    );
    const columns = Object.keys(property(1).row);
    await connection.beginTransaction();
    await connection.query(`insert into property (${columns.join(', ')}) values ?`, [
      batch.map(({ row }) => Object.values(row)),
    ]);
    await connection.query('insert into status_history (property_id, status_id, update_date) values ?', [
      batch.flatMap(({ row, history }) => history.map(({ status, at }) => [row.id, idOf.get(status), at])),
    ]);
    await connection.commit();
    progress(first + batch.length - 1);
  }
  await connection.end();
}

/**
 * Inserts users, a fifth as many as properties, and about five likes a property with their like events.
 * @param {import('mysql2/promise').ConnectionOptions} database
 * @param {number} propertyCount
 * @param {(done: number) => void} [progress] called after each batch
 */
export async function generateLikes(database, propertyCount, progress = () => {}) {
  const connection = await createConnection(database);
  const userCount = userCountOf(propertyCount);
  const columns =
    'id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined';
  for (let first = 1; first <= userCount; first += ROWS_PER_BATCH) {
    const ids = Array.from({ length: Math.min(ROWS_PER_BATCH, userCount - first + 1) }, (_, i) => first + i);
    await connection.query(`insert into auth_user (${columns}) values ?`, [
      ids.map((id) => [id, `person-${id}`, '', '!', '', '', 0, 0, 1, '2025-01-01 00:00:00']),
    ]);
  }
  let likes = /** @type {[propertyId: number, userId: number, at: string][]} */ ([]);
  let done = 0;
  const write = async () => {
    await connection.beginTransaction();
    await connection.query('insert into property_likes (property_id, user_id, created_at) values ?', [likes]);
    await connection.query('insert into like_event (property_id, user_id, action, at) values ?', [
      likes.map(([propertyId, userId, at]) => [propertyId, userId, 'liked', at]),
    ]);
    await connection.commit();
    done += likes.length;
    progress(done);
    likes = [];
  };
  for (let id = 1; id <= propertyCount; id++) {
    likes.push(...likesOf(id, userCount));
    if (likes.length >= LIKES_PER_BATCH) await write();
  }
  if (likes.length > 0) await write();
  await connection.end();
}

/**
 * Gives every tenth visible property a reduction of 5 to 20 % within the last 60 days, with the columns that the service derives.
 * @param {import('mysql2/promise').Connection} connection
 */
export async function generateReductions(connection) {
  const before = 'round(price * (105 + property_id % 16) / 100)';
  const visible = 'property_id % 10 = 0 and availability is not null and price > 0';
  const at = 'timestamp(current_date) - interval (property_id div 10) % 60 day';
  await connection.query(`insert into property_price (property_id, n, price, currency, at)
    select property_id, 1, ${before}, 'COP', timestamp(current_date) - interval 90 day from property_search where ${visible}
    union all select property_id, 2, price, 'COP', ${at} from property_search where ${visible}`);
  await connection.query(`update property_search set price_drop = round((1 - price / ${before}) * 1000000000),
    price_reduced_at = unix_timestamp(${at}) * 1000 where ${visible}`);
}
