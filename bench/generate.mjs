// Fills an empty, migrated database with homes, people and their likes: the facts only. What is derived from them `rebuild` derives.
import { createConnection } from 'mysql2/promise';
import { home, likesOf } from './homes.mjs';

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

/**
 * People, a fifth as many as there are homes, and five likes a home, as facts and as what stands.
 * @param {import('mysql2/promise').ConnectionOptions} database
 * @param {number} homes
 * @param {(done: number) => void} [progress]
 */
export async function generateLikes(database, homes, progress = () => {}) {
  const connection = await createConnection(database);
  const people = Math.ceil(homes / 5);
  const COLUMNS =
    'id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined';
  for (let first = 1; first <= people; first += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, people - first + 1) }, (_, i) => first + i);
    await connection.query(`insert into auth_user (${COLUMNS}) values ?`, [
      ids.map((id) => [id, `person-${id}`, '', '!', '', '', 0, 0, 1, '2025-01-01 00:00:00']),
    ]);
  }
  let likes = /** @type {[home: number, person: number, at: string][]} */ ([]);
  let done = 0;
  const write = async () => {
    await connection.beginTransaction();
    await connection.query('insert into property_likes (property_id, user_id, created_at) values ?', [likes]);
    await connection.query('insert into like_event (property_id, user_id, action, at) values ?', [
      likes.map(([home, person, at]) => [home, person, 'liked', at]),
    ]);
    await connection.commit();
    done += likes.length;
    progress(done);
    likes = [];
  };
  for (let number = 1; number <= homes; number++) {
    likes.push(...likesOf(number, people));
    if (likes.length >= 5 * BATCH) await write();
  }
  if (likes.length > 0) await write();
  await connection.end();
}
