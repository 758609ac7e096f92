// What is possible: node:http, mysql2's prepared statements and the best hand-written SQL on the same tables, with nothing
// checked and nothing limited. The service is measured against it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createPool } from 'mysql2/promise';

const pool = createPool({
  host: process.env.DATABASE_HOST,
  port: Number(process.env.DATABASE_PORT),
  user: process.env.DATABASE_USER,
  password: process.env.DATABASE_PASSWORD,
  database: process.env.DATABASE_NAME,
  connectionLimit: 10,
  dateStrings: true,
});

/** @typedef {Record<string, any>} Row */
/** @param {string} sql @param {(string | number | null)[]} values @returns {Promise<Row[]>} */
async function read(sql, values) {
  const [rows] = await pool.execute(sql, values);
  return /** @type {Row[]} */ (rows);
}

const statuses = new Map((await read('select id, name, label from status', [])).map((row) => [row.id, row]));
const COLUMNS = `p.id, p.address, p.city, p.neighbourhood, p.price, p.currency, p.description, p.year, p.property_type,
  p.area, p.bedrooms, p.bathrooms, p.parking_spots, p.stratum, p.latitude, p.longitude, p.current_status_id,
  p.availability, p.status_since, p.created_at, p.updated_at`;

/** @param {string | null} time */
const utc = (time) => time && `${time.replace(' ', 'T')}Z`;
/** @param {string | null} decimal */
const number = (decimal) => (decimal === null ? null : Number(decimal));

/** @param {Row} row */
const toProperty = (row) => ({
  id: row.id,
  address: row.address || null,
  city: row.city || null,
  neighbourhood: row.neighbourhood,
  price: Number(row.price) || null,
  currency: row.currency ?? 'COP',
  description: row.description || null,
  year: row.year,
  propertyType: row.property_type,
  area: number(row.area),
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
  statusSince: utc(row.status_since),
  createdAt: utc(row.created_at),
  updatedAt: utc(row.updated_at),
});

/** @param {string} keys a select of property_id and k @param {(string | number)[]} values @param {string} direction */
async function page(keys, values, direction = 'desc') {
  const rows = await read(
    `select ${COLUMNS}, keys_.k from (${keys}) keys_ straight_join property p on p.id = keys_.property_id
    order by keys_.k ${direction}, keys_.property_id ${direction}`,
    values,
  );
  const last = rows.length > 20 ? rows[19] : null;
  return {
    items: rows.slice(0, 20).map(toProperty),
    page: {
      limit: 20,
      nextCursor: last && Buffer.from(JSON.stringify([last.k, last.id])).toString('base64url'),
    },
  };
}

const NEWEST = 'order by s.status_since desc, s.property_id desc limit 21';
const KEYS = 'select s.property_id, s.status_since as k from property_search s';
const DISTANCE = `cast(round(12742017600 * asin(least(1, sqrt(pow(sin(radians(s.latitude - ?) / 2), 2)
  + cos(radians(?)) * cos(radians(s.latitude)) * pow(sin(radians(s.longitude - ?) / 2), 2))))) as signed)`;

/** @type {Record<string, (query: URLSearchParams) => Promise<object>>} */
const jobs = {
  list: (query) =>
    page(
      `${KEYS} force index (property_search_city_newest) where s.availability = 'available' and s.city_key = ?
      and s.price between ? and ? and s.year between ? and ? ${NEWEST}`,
      ['city', 'minPrice', 'maxPrice', 'minYear', 'maxYear'].map((name) => query.get(name) ?? ''),
    ),
  detail: async (query) =>
    toProperty(
      (
        await read(`select ${COLUMNS} from property p where p.id = ? and p.availability is not null`, [
          query.get('id'),
        ])
      )[0] ?? {},
    ),
  page: (query) => {
    const after = query.get('after');
    const [since, id] = JSON.parse(after ?? '[]');
    const beyond = id
      ? 'and (s.status_since < ? or (s.status_since = ? and s.property_id < ?))'
      : after
        ? 'and s.status_since < ?'
        : '';
    return page(
      `${KEYS} force index (property_search_city_newest) where s.availability = 'available' and s.city_key = ?
      ${beyond} ${NEWEST}`,
      [query.get('city') ?? '', ...(id ? [since, since, id] : after ? [since] : [])],
    );
  },
  top: async (query) => {
    const rows = await read(
      `select ${COLUMNS}, t.place, t.score, t.total, t.previous_rank from bench_top t straight_join property p on p.id = t.property_id
      where t.city_key = ? and p.availability = 'available' order by t.place limit 100`,
      [query.get('city') ?? ''],
    );
    return {
      asOf: new Date().toISOString(),
      items: rows.map((row) => ({
        rank: row.place,
        score: row.score,
        likes: { window: row.score, total: row.total },
        previousRank: row.previous_rank,
        property: toProperty(row),
      })),
      page: { limit: 100, nextCursor: null },
    };
  },
  common: (query) =>
    page(
      `select * from (
        (${KEYS} force index (property_search_newest) straight_join property_words w on w.property_id = s.property_id
          where s.availability = 'available' and instr(w.words, ?) > 0 ${NEWEST})
        union all
        (${KEYS} force index (property_search_newest) straight_join property_words w on w.property_id = s.property_id
          where s.availability = 'sold' and instr(w.words, ?) > 0 ${NEWEST})
      ) both_ order by k desc, property_id desc limit 21`,
      [` w_${query.get('q')}`, ` w_${query.get('q')}`],
    ),
  rare: (query) =>
    page(
      `select s.property_id, s.status_since as k
      from property_words w straight_join property_search s on s.property_id = w.property_id
      where match(w.words) against (? in boolean mode) and s.availability in ('available', 'sold') ${NEWEST}`,
      [`+w_${query.get('q')}*`],
    ),
  radius: async (query) => {
    const [lat = 0, lng = 0] = (query.get('near') ?? '').split(',').map(Number);
    for (const metres of [250, 1_000, Number(query.get('radius'))]) {
      const high = (metres / 111_195) * 1.000_01;
      const wide = high / Math.cos((lat * Math.PI) / 180);
      const found = await page(
        `select s.property_id, ${DISTANCE} as k from property_search s force index (property_search_location)
        where s.availability in ('available', 'sold') and s.latitude between ? and ? and s.longitude between ? and ?
        having k <= ? order by k, s.property_id limit 21`,
        [lat, lat, lng, lat - high, lat + high, lng - wide, lng + wide, metres * 1000],
        'asc',
      );
      if (found.page.nextCursor) return found;
    }
    return { items: [] };
  },
  facets: async (query) => {
    const city = query.get('city') ?? '';
    const range = [query.get('minPrice') ?? '', query.get('maxPrice') ?? ''];
    const homes = `property_search s force index (property_search_city_price) where s.availability in ('available', 'sold')
      and s.city_key = ? and s.price between ? and ?`;
    const [inCity, prices, cities] = await Promise.all([
      read(
        `select status_id, property_type, bedrooms, year, count(*) as homes from ${homes}
        group by status_id, property_type, bedrooms, year`,
        [city, ...range],
      ),
      read(
        `select value, sum(homes) as homes from facet_count where facet = 'price' and city_key = ? group by value`,
        [city],
      ),
      read(
        `select s.city_key, s.city, count(*) as homes from property_search s force index (property_search_price)
        where s.availability in ('available', 'sold') and s.price between ? and ? group by s.city_key, s.city`,
        range,
      ),
    ]);
    /** @param {string} column */
    const by = (column) => {
      const sums = new Map();
      for (const row of inCity) sums.set(row[column], (sums.get(row[column]) ?? 0) + row.homes);
      return [...sums];
    };
    return {
      total: inCity.reduce((sum, row) => sum + row.homes, 0),
      facets: {
        status: by('status_id'),
        propertyType: by('property_type'),
        bedrooms: by('bedrooms'),
        year: by('year'),
        price: prices,
        city: cities,
      },
    };
  },
};

const DUPLICATE = 1062;

/** Whose token it is: signature, audience and time are checked. @param {string} authorization */
function userOf(authorization) {
  const [head, claims, signature] = authorization.slice('Bearer '.length).split('.');
  const right = createHmac('sha256', String(process.env.JWT_SECRET)).update(`${head}.${claims}`).digest();
  if (!timingSafeEqual(right, Buffer.from(signature ?? '', 'base64url'))) throw new Error('forged');
  const { sub, exp, aud } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
  if (aud !== 'property-service' || exp * 1000 < Date.now()) throw new Error('expired');
  return Number(sub);
}

/** @param {number} propertyId @param {number} userId */
async function like(propertyId, userId) {
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const connection = await pool.getConnection();
  let isNew = true;
  try {
    await connection.query('start transaction');
    const [result] = /** @type {[import('mysql2').ResultSetHeader, unknown]} */ (
      await connection.execute(
        `insert into property_likes (property_id, user_id, created_at)
        select p.id, u.id, ? from auth_user u join property p on p.id = ? and p.availability is not null where u.id = ?`,
        [at, propertyId, userId],
      )
    );
    if (result.affectedRows === 0) return undefined;
    await connection.execute(
      `insert into like_event (property_id, user_id, action, at) values (?, ?, 'liked', ?)`,
      [propertyId, userId, at],
    );
  } catch (error) {
    if (/** @type {{ errno?: number }} */ (error).errno !== DUPLICATE) throw error;
    isNew = false;
  } finally {
    await connection.query('commit');
    connection.release();
  }
  return { isNew, body: { propertyId, liked: true, likedAt: utc(at) } };
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answerLike({ url = '', headers }, response) {
  const liked = await like(Number(url.split('/')[3]), userOf(String(headers.authorization)));
  const json = JSON.stringify(liked?.body ?? {});
  response.writeHead(liked ? (liked.isNew ? 201 : 200) : 404, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}

/** @param {typeof jobs[string] | undefined} job @param {URLSearchParams} query @param {import('node:http').ServerResponse} response */
async function answer(job, query, response) {
  const json = JSON.stringify((await job?.(query)) ?? {});
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://floor');
  const job = jobs[url.pathname.slice(1)];
  const answered =
    request.method === 'PUT' ? answerLike(request, response) : answer(job, url.searchParams, response);
  answered.catch((/** @type {Error} */ error) => response.writeHead(500).end(error.message));
}).listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'));
