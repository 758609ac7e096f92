// The floor: what is possible with node:http, mysql2's prepared statements and the best hand-written SQL on tables of its own
// (floor-tables.mjs), without validation, limits, logs or tags. The service is measured against it. Searches for words and
// places read the tables of the service.
import { createServer } from 'node:http';
import { PRICE_BUCKET } from './floor-tables.mjs';
import { cityOf, COLUMNS, read, readPage, toIsoTime, toProperty } from './floor-database.mjs';
import { like, userOf } from './floor-like.mjs';

const SERVICE = String(process.env.DATABASE_NAME);
const NEWEST = 'order by s.status_since desc, s.property_id desc limit 21';
const SEARCH_KEYS = `select s.property_id, s.status_since as k from ${SERVICE}.property_search s`;
const NEWEST_LISTING = 'order by l.status_since desc, l.id desc limit 21';
const KEYS = 'select l.id as property_id, l.status_since as k from listing l force index (listing_newest)';
/** In millimetres. */
const DISTANCE = `cast(round(12742017600 * asin(least(1, sqrt(pow(sin(radians(s.latitude - ?) / 2), 2)
  + cos(radians(?)) * cos(radians(s.latitude)) * pow(sin(radians(s.longitude - ?) / 2), 2))))) as signed)`;

const NEWEST_OF_MAP = 'select property_id, status_since as k from map force index (newest)';

const METRES_PER_DEGREE = 111_195;

/** @param {URLSearchParams} query @param {string} name */
const numbersOf = (query, name) => (query.get(name) ?? '').split(',').map(Number);

/** @type {Record<string, (query: URLSearchParams) => Promise<object>>} */
const jobs = {
  list: (query) =>
    readPage(
      `${KEYS} where l.city_id = ? and l.visible = 1 and l.price between ? and ? and l.year between ? and ? ${NEWEST_LISTING}`,
      [cityOf(query), ...['minPrice', 'maxPrice', 'minYear', 'maxYear'].map((name) => query.get(name) ?? '')],
    ),
  detail: async (query) =>
    toProperty(
      (
        await read(`select ${COLUMNS} from listing p where p.id = ? and p.visible is not null`, [
          query.get('id'),
        ])
      )[0] ?? {},
    ),
  page: (query) => {
    const after = query.get('after');
    const [since, id] = JSON.parse(after ?? '[]');
    const position = id
      ? 'and l.status_since <= ? and (l.status_since < ? or l.id < ?)'
      : after
        ? 'and l.status_since < ?'
        : '';
    return readPage(`${KEYS} where l.city_id = ? and l.visible = 1 ${position} ${NEWEST_LISTING}`, [
      cityOf(query),
      ...(id ? [since, since, id] : after ? [since] : []),
    ]);
  },
  top: async (query) => {
    const rows = await read(
      `select ${COLUMNS}, t.n, t.total, t.previous_rank from (
        select property_id, n, total, previous_rank from like_30d where city_id = ? and visible = 1
        order by n desc, total desc, property_id desc limit 100
      ) t straight_join listing p on p.id = t.property_id order by t.n desc, t.total desc, t.property_id desc`,
      [cityOf(query)],
    );
    return {
      asOf: new Date().toISOString(),
      items: rows.map((row, i) => ({
        rank: i + 1,
        score: row.n,
        likes: { window: row.n, total: row.total },
        previousRank: row.previous_rank,
        property: toProperty(row),
      })),
      page: { limit: 100, nextCursor: null },
    };
  },
  common: (query) =>
    readPage(
      `select * from (
        (${SEARCH_KEYS} force index (property_search_newest) straight_join ${SERVICE}.property_words w on w.property_id = s.property_id
          where s.availability = 'available' and instr(w.words, ?) > 0 ${NEWEST})
        union all
        (${SEARCH_KEYS} force index (property_search_newest) straight_join ${SERVICE}.property_words w on w.property_id = s.property_id
          where s.availability = 'sold' and instr(w.words, ?) > 0 ${NEWEST})
      ) both_ order by k desc, property_id desc limit 21`,
      [` w_${query.get('q')}`, ` w_${query.get('q')}`],
    ),
  rare: (query) =>
    readPage(
      `select s.property_id, s.status_since as k
      from ${SERVICE}.property_words w straight_join ${SERVICE}.property_search s on s.property_id = w.property_id
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
        `select s.property_id, ${DISTANCE} as k from ${SERVICE}.property_search s force index (property_search_location)
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
  polygon: (query) => {
    const numbers = numbersOf(query, 'polygon');
    const corners = numbers.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: numbers[i + 1] ?? 0 }] : []));
    // Ray casting: an odd number of lines to the right of the point.
    const crossings = corners.map((a, i) => {
      const b = corners[(i + 1) % corners.length] ?? a;
      return `((${a.y} > latitude) <> (${b.y} > latitude)
        and longitude < ${b.x - a.x} * (latitude - ${a.y}) / ${b.y - a.y || 1} + ${a.x})`;
    });
    const range = (/** @type {number[]} */ values) =>
      `between ${Math.min(...values)} and ${Math.max(...values)}`;
    return readPage(
      `${NEWEST_OF_MAP} where latitude ${range(corners.map(({ y }) => y))} and longitude ${range(corners.map(({ x }) => x))}
      and (${crossings.join(' + ')}) % 2 = 1 order by status_since desc, property_id desc limit 21`,
      [],
    );
  },
  price: (query) =>
    readPage(
      `${NEWEST_OF_MAP} where price between ? and ? order by status_since desc, property_id desc limit 21`,
      [query.get('minPrice') ?? '', query.get('maxPrice') ?? ''],
    ),
  changes: async (query) => {
    const rows = await read('select * from feed where sequence > ? order by sequence limit 101', [
      query.get('after') ?? '',
    ]);
    const items = rows.slice(0, 100).map(({ sequence, property_id, kind, at }) => ({
      sequence,
      propertyId: property_id,
      change: kind,
      at: toIsoTime(at),
    }));
    return { items, page: { limit: 100, next: items.at(-1)?.sequence, more: rows.length > 100 } };
  },
  clusters: async (query) => {
    const [west = 0, south = 0, east = 0, north = 0] = numbersOf(query, 'bbox');
    const cells = 2 ** (Number(query.get('zoom')) + 2);
    const items = await read(
      `select min(property_id) as id, count(*) as count, avg(latitude) as lat, avg(longitude) as lng, min(latitude) as south,
        max(latitude) as north, min(longitude) as west, max(longitude) as east, min(price) as min, max(price) as max
      from map force index (place) where latitude between ? and ? and longitude between ? and ?
      group by floor((longitude + 180) / 360 * ?),
        floor((0.5 - ln((1 + sin(radians(latitude))) / (1 - sin(radians(latitude)))) / (4 * pi())) * ?)`,
      [south, north, west, east, cells, cells],
    );
    return { items };
  },
  statistics: async (query) => {
    const city = query.has('city') ? cityOf(query) : null;
    const [from, values] =
      city === null ? ['map where price > 0', []] : ['map where city_id = ? and price > 0', [city]];
    const [{ n = 0 } = {}] = await read(`select count(*) as n from ${from}`, values);
    const at = async (/** @type {number} */ share) =>
      (
        await read(`select price from ${from} order by price limit 1 offset ?`, [
          ...values,
          String(Math.floor((n - 1) * share)),
        ])
      )[0]?.price;
    return {
      count: n,
      min: await at(0),
      p25: await at(0.25),
      median: await at(0.5),
      p75: await at(0.75),
      max: await at(1),
    };
  },
  facets: async (query) => {
    const bucketOf = (/** @type {string} */ name) => Math.floor(Number(query.get(name)) / PRICE_BUCKET);
    const city = query.get('city');
    const rows = await read(
      `select city_id, status_id, sum(n) as n from facet_count where bucket between ? and ?
      ${city ? 'and city_id = ?' : ''} group by city_id, status_id`,
      [bucketOf('minPrice'), bucketOf('maxPrice'), ...(city ? [cityOf(query)] : [])],
    );
    return { items: rows.map((row) => ({ city: row.city_id, status: row.status_id, count: Number(row.n) })) };
  },
};

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answerLike({ url = '', headers }, response) {
  const liked = await like(Number(url.split('/')[3]), userOf(String(headers.authorization)));
  const json = JSON.stringify(liked.body);
  response.writeHead(liked.isNew ? 201 : 200, {
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
