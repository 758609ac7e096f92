// The floor: what is possible with node:http, mysql2's prepared statements and the best hand-written SQL on the same tables,
// without validation, limits, logs or tags. The service is measured against it.
import { createServer } from 'node:http';
import { COLUMNS, read, readPage, toProperty } from './floor-database.mjs';
import { like, userOf } from './floor-like.mjs';

const NEWEST = 'order by s.status_since desc, s.property_id desc limit 21';
const KEYS = 'select s.property_id, s.status_since as k from property_search s';
/** In millimetres. */
const DISTANCE = `cast(round(12742017600 * asin(least(1, sqrt(pow(sin(radians(s.latitude - ?) / 2), 2)
  + cos(radians(?)) * cos(radians(s.latitude)) * pow(sin(radians(s.longitude - ?) / 2), 2))))) as signed)`;

const METRES_PER_DEGREE = 111_195;

/** @type {Record<string, (query: URLSearchParams) => Promise<object>>} */
const jobs = {
  list: (query) =>
    readPage(
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
    const position = id
      ? 'and (s.status_since < ? or (s.status_since = ? and s.property_id < ?))'
      : after
        ? 'and s.status_since < ?'
        : '';
    return readPage(
      `${KEYS} force index (property_search_city_newest) where s.availability = 'available' and s.city_key = ?
      ${position} ${NEWEST}`,
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
    readPage(
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
    readPage(
      `select s.property_id, s.status_since as k
      from property_words w straight_join property_search s on s.property_id = w.property_id
      where match(w.words) against (? in boolean mode) and s.availability in ('available', 'sold') ${NEWEST}`,
      [`+w_${query.get('q')}*`],
    ),
  radius: async (query) => {
    const [lat = 0, lng = 0] = (query.get('near') ?? '').split(',').map(Number);
    // Rings, until one fills the page.
    for (const metres of [250, 1_000, Number(query.get('radius'))]) {
      const latDegrees = (metres / METRES_PER_DEGREE) * 1.000_01;
      const lngDegrees = latDegrees / Math.cos((lat * Math.PI) / 180);
      const found = await readPage(
        `select s.property_id, ${DISTANCE} as k from property_search s force index (property_search_location)
        where s.availability in ('available', 'sold') and s.latitude between ? and ? and s.longitude between ? and ?
        having k <= ? order by k, s.property_id limit 21`,
        [
          lat,
          lat,
          lng,
          lat - latDegrees,
          lat + latDegrees,
          lng - lngDegrees,
          lng + lngDegrees,
          metres * 1000,
        ],
        'asc',
      );
      if (found.page.nextCursor) return found;
    }
    return { items: [] };
  },
  facets: async (query) => {
    const city = query.get('city') ?? '';
    const range = [query.get('minPrice') ?? '', query.get('maxPrice') ?? ''];
    const inCityAndRange = `property_search s force index (property_search_city_price) where s.availability in ('available', 'sold')
      and s.city_key = ? and s.price between ? and ?`;
    const [inCity, prices, cities] = await Promise.all([
      read(
        `select status_id, property_type, bedrooms, year, count(*) as properties from ${inCityAndRange}
        group by status_id, property_type, bedrooms, year`,
        [city, ...range],
      ),
      read(
        `select value, sum(homes) as properties from facet_count where facet = 'price' and city_key = ? group by value`,
        [city],
      ),
      read(
        `select s.city_key, s.city, count(*) as properties from property_search s force index (property_search_price)
        where s.availability in ('available', 'sold') and s.price between ? and ? group by s.city_key, s.city`,
        range,
      ),
    ]);
    /** @param {string} column */
    const countsBy = (column) => {
      const counts = new Map();
      for (const row of inCity) counts.set(row[column], (counts.get(row[column]) ?? 0) + row.properties);
      return [...counts];
    };
    return {
      total: inCity.reduce((sum, row) => sum + row.properties, 0),
      facets: {
        status: countsBy('status_id'),
        propertyType: countsBy('property_type'),
        bedrooms: countsBy('bedrooms'),
        year: countsBy('year'),
        price: prices,
        city: cities,
      },
    };
  },
};

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
