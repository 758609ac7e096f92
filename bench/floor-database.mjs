// The connections, statements and response format of the floor's jobs.
import { createPool } from 'mysql2/promise';

import { floorName } from './floor-tables.mjs';

const PAGE_SIZE = 20;

export const pool = createPool({
  host: process.env.DATABASE_HOST,
  port: Number(process.env.DATABASE_PORT),
  user: process.env.DATABASE_USER,
  password: process.env.DATABASE_PASSWORD,
  database: floorName(String(process.env.DATABASE_NAME)),
  connectionLimit: 10,
  dateStrings: true,
});

/** @typedef {Record<string, any>} Row */
/** @param {string} sql @param {(string | number | null)[]} values @returns {Promise<Row[]>} */
export async function read(sql, values) {
  const [rows] = await pool.execute(sql, values);
  return /** @type {Row[]} */ (rows);
}

const statuses = new Map(
  (await read(`select id, name, label from ${process.env.DATABASE_NAME}.status`, [])).map((row) => [
    row.id,
    row,
  ]),
);
const cities = new Map(
  (await read('select id, city_key from city', [])).map((row) => [row.city_key, row.id]),
);

/** The id of the city of a request. @param {URLSearchParams} query @returns {number} */
export const cityOf = (query) => cities.get(query.get('city')) ?? 0;

export const COLUMNS = `p.id, p.address, p.city, p.neighbourhood, p.price, p.currency, p.description, p.year, p.property_type,
  p.area, p.bedrooms, p.bathrooms, p.parking_spots, p.stratum, p.latitude, p.longitude, p.current_status_id,
  p.availability, p.status_since, p.created_at, p.updated_at`;

/** @param {string | null} time DATETIME in UTC */
export const toIsoTime = (time) => time && `${time.replace(' ', 'T')}Z`;
/** @param {string | null} decimal */
const toNumber = (decimal) => (decimal === null ? null : Number(decimal));

/** @param {Row} row */
export const toProperty = (row) => ({
  id: row.id,
  address: row.address || null,
  city: row.city || null,
  neighbourhood: row.neighbourhood,
  price: Number(row.price) || null,
  currency: row.currency ?? 'COP',
  description: row.description || null,
  year: row.year,
  propertyType: row.property_type,
  area: toNumber(row.area),
  bedrooms: row.bedrooms,
  bathrooms: row.bathrooms,
  parkingSpots: row.parking_spots,
  stratum: row.stratum,
  location: row.latitude === null ? null : { lat: Number(row.latitude), lng: Number(row.longitude) },
  status: {
    name: statuses.get(row.current_status_id)?.name,
    label: statuses.get(row.current_status_id)?.label,
  },
  availability: row.availability,
  statusSince: toIsoTime(row.status_since),
  createdAt: toIsoTime(row.created_at),
  updatedAt: toIsoTime(row.updated_at),
});

/**
 * A page of properties, read by the keys that a statement finds.
 * @param {string} keys selects property_id and the sort key k: one row more than the page
 * @param {(string | number)[]} values
 */
export async function readPage(keys, values, direction = 'desc') {
  const rows = await read(
    `select ${COLUMNS}, keys_.k from (${keys}) keys_ straight_join listing p on p.id = keys_.property_id
    order by keys_.k ${direction}, keys_.property_id ${direction}`,
    values,
  );
  const last = rows.length > PAGE_SIZE ? rows[PAGE_SIZE - 1] : null;
  return {
    items: rows.slice(0, PAGE_SIZE).map(toProperty),
    page: {
      limit: PAGE_SIZE,
      nextCursor: last && Buffer.from(JSON.stringify([last.k, last.id])).toString('base64url'),
    },
  };
}
