// Requests to the service and statements on its database, for the measurements of the ranking.
import { createConnection } from 'mysql2/promise';
import { STAFF_ID, tokenOf } from './jobs.mjs';

export const SERVICE_PORT = 8_193;
export const LIKES_PER_SECOND = 500;
/** @typedef {{ propertyCount: number, name: string, login: import('mysql2/promise').ConnectionOptions }} Database */

export const staffGet = (/** @type {string} */ path) => ({
  method: 'GET',
  path,
  // The token of a long run would expire.
  headers: { authorization: `Bearer ${tokenOf(STAFF_ID)}` },
});

export const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs a statement on a connection of its own.
 * @param {Database} database @param {string} sql @param {unknown[]} [values] @returns {Promise<Record<string, any>[]>}
 */
export async function run({ login }, sql, values = []) {
  const connection = await createConnection({ ...login, dateStrings: true });
  const [rows] = await connection.query(sql, values);
  await connection.end();
  return /** @type {Record<string, any>[]} */ (rows);
}
