// The measured jobs. Each makes equal requests for the service and for the floor, from a fixed sequence.
import { createHmac } from 'node:crypto';
import { PRICE_BUCKET } from './floor-tables.mjs';
import { userCountOf } from './generate.mjs';
import { cities, property, random, VOCABULARY } from './properties.mjs';

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {(n: number) => RequestPair} requestsOf the n-th requests
 *
 * @typedef {{ service: BenchRequest, floor: BenchRequest }} RequestPair
 * @typedef {string | { method: string, path: string, headers: Record<string, string>, body?: string }} BenchRequest a path to GET, or a whole request
 * @typedef {ReturnType<typeof import('./properties.mjs').random>} Random
 */

/** A generated user who is made staff. */
export const STAFF_ID = 1;

export const JWT_SECRET = 'only for the benchmark: nobody else signs in';

/** An access token as the service issues it, made here because sign-in is not measured. @param {number} userId */
export function tokenOf(userId) {
  const now = Math.floor(Date.now() / 1000);
  const base64 = (/** @type {object} */ part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = {
    sub: String(userId),
    iss: 'property-service',
    aud: 'property-service',
    iat: now,
    exp: now + 900,
  };
  const signed = `${base64({ alg: 'HS256', typ: 'at+jwt' })}.${base64(claims)}`;
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}

/** Lower case without accents, as the service compares cities and words. */
export const searchKey = (/** @type {string} */ name) =>
  name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const query = (/** @type {Record<string, string | number>} */ values) =>
  new URLSearchParams(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
  ).toString();
const MILLION = 1_000_000;

/** @typedef {{ cursor: string, after: string }} DeepPosition the cursor of the service, and the same keyset position for the floor */

/**
 * @param {number} propertyCount
 * @param {readonly DeepPosition[]} deep positions near page 2,000 of the biggest city
 * @returns {Job[]}
 */
export function jobs(propertyCount, deep) {
  const [biggest] = cities;
  if (!biggest) throw new Error('there are no cities');
  /** @param {(random: Random) => RequestPair} make */
  const requests = (make) => (/** @type {number} */ n) => make(random(n * 7_919 + 1));
  // The seed of this run: service, floor and earlier runs like different pairs, because a repeated like writes nothing.
  const seed = Math.floor(Date.now() / 1000) % 1_000_000;
  let viralId = (seed % propertyCount) + 1;
  while (!['pre_venta', 'en_venta', 'vendido'].includes(property(viralId).history.at(-1)?.status ?? ''))
    viralId++;
  /** @param {(random: Random) => number} propertyIdOf */
  const likes = (propertyIdOf) => (/** @type {number} */ n) => {
    const like = (/** @type {number} */ side) => {
      const source = random((seed * 1_000_003 + n * 7_919 + 1) * 2 + side);
      const userId = source.integer(1, userCountOf(propertyCount));
      return {
        method: 'PUT',
        path: `/v1/properties/${propertyIdOf(source)}/like`,
        headers: { authorization: `Bearer ${tokenOf(userId)}` },
      };
    };
    return { service: like(0), floor: like(1) };
  };
  return [
    {
      name: 'list: 2 statuses, a city, price and year',
      requestsOf: requests(({ integer, pick }) => {
        // These cities have full pages with 10,000 properties, too.
        const city = pick(cities.slice(0, 3)).name;
        const minPrice = integer(100, 400) * MILLION;
        const range = {
          minPrice,
          maxPrice: minPrice + 200 * MILLION,
          minYear: 2000,
          maxYear: integer(2015, 2026),
        };
        return {
          service: `/v1/properties?status=pre_venta&status=en_venta&${query({ city, ...range })}`,
          floor: `/list?${query({ city: searchKey(city), ...range })}`,
        };
      }),
    },
    {
      name: 'detail',
      requestsOf: requests(({ integer }) => {
        const id = integer(1, propertyCount);
        return { service: `/v1/properties/${id}`, floor: `/detail?id=${id}` };
      }),
    },
    {
      name: 'page 1 of the biggest city',
      requestsOf: () => ({
        service: `/v1/properties?availability=available&${query({ city: biggest.name })}`,
        floor: `/page?${query({ city: searchKey(biggest.name) })}`,
      }),
    },
    ...(deep.length === 0
      ? []
      : [
          {
            name: 'page 2,000 of the biggest city',
            requestsOf: (/** @type {number} */ n) => {
              const { cursor, after } = /** @type {typeof deep[number]} */ (deep[n % deep.length]);
              return {
                service: `/v1/properties?availability=available&${query({ city: biggest.name, cursor })}`,
                floor: `/page?${query({ city: searchKey(biggest.name), after })}`,
              };
            },
          },
        ]),
    {
      name: 'top 100 of a city, 30 days',
      requestsOf: (/** @type {number} */ n) => {
        const { name } = /** @type {typeof biggest} */ (cities[n % 3]);
        return {
          service: {
            method: 'GET',
            path: `/v1/ranking/properties?by=likes&window=30d&limit=100&${query({ city: name })}`,
            headers: { authorization: `Bearer ${tokenOf(STAFF_ID)}` },
          },
          floor: `/top?${query({ city: searchKey(name) })}`,
        };
      },
    },
    {
      name: 'common words, newest first',
      requestsOf: requests(({ pick }) => {
        const q = pick(['casa', 'cocina', 'sala', 'apartamento']);
        return { service: `/v1/properties?q=${q}`, floor: `/common?q=${q}` };
      }),
    },
    {
      name: 'rare words, newest first',
      requestsOf: requests(({ integer }) => {
        const q = searchKey(/** @type {string} */ (VOCABULARY[integer(3_000, 5_900)]));
        return { service: `/v1/properties?q=${q}`, floor: `/rare?q=${q}` };
      }),
    },
    {
      name: 'radius of 2 km, nearest first',
      requestsOf: requests(({ next, zipf }) => {
        const { lat, lng, spread } = /** @type {typeof biggest} */ (cities[zipf(50)]);
        const shifted = (/** @type {number} */ degree) => (degree + spread * (next() - 0.5)).toFixed(4);
        const near = `${shifted(lat)},${shifted(lng)}`;
        return {
          service: `/v1/properties?sort=distance&radius=2000&near=${near}`,
          floor: `/radius?radius=2000&near=${near}`,
        };
      }),
    },
    {
      name: 'polygon of 20 corners in a big city',
      requestsOf: requests(({ next, pick }) => {
        const { lat, lng, spread } = pick(cities.slice(0, 3));
        const [x, y] = [next() - 0.5, next() - 0.5].map((shift) => spread * shift);
        const corners = Array.from({ length: 20 }, (_, i) => {
          const angle = (2 * Math.PI * i) / 20;
          const radius = spread * (0.2 + 0.1 * next());
          return `${(lng + (x ?? 0) + radius * Math.cos(angle)).toFixed(4)},${(lat + (y ?? 0) + radius * Math.sin(angle)).toFixed(4)}`;
        });
        return {
          service: `/v1/properties?polygon=${corners.join(',')}`,
          floor: `/polygon?polygon=${corners.join(',')}`,
        };
      }),
    },
    {
      name: 'price range in the country, newest first',
      requestsOf: requests(({ integer }) => {
        const minPrice = integer(100, 900) * MILLION;
        const range = query({ minPrice, maxPrice: minPrice + 30 * MILLION });
        return { service: `/v1/properties?${range}`, floor: `/price?${range}` };
      }),
    },
    {
      name: 'clusters of a city',
      requestsOf: requests(({ pick }) => clustersOf(pick(cities.slice(0, 3)))),
    },
    { name: 'clusters of the country', requestsOf: () => clustersOf() },
    {
      name: 'statistics of a city',
      requestsOf: requests(({ pick }) => {
        const city = pick(cities.slice(0, 3)).name;
        return {
          service: `/v1/properties/statistics?${query({ city })}`,
          floor: `/statistics?${query({ city: searchKey(city) })}`,
        };
      }),
    },
    {
      name: 'statistics of the country',
      requestsOf: () => ({ service: '/v1/properties/statistics', floor: '/statistics' }),
    },
    {
      name: 'a page of 100 changes, at any depth',
      requestsOf: requests(({ integer }) => {
        // Visible properties have a change each: more than two of three.
        const after = integer(1, Math.floor(propertyCount * 0.6));
        return { service: `/v1/changes?limit=100&after=${after}`, floor: `/changes?after=${after}` };
      }),
    },
    {
      name: 'facets of a price range in a city',
      requestsOf: requests(({ integer, zipf }) => {
        const city = /** @type {{ name: string }} */ (cities[zipf(50)]).name;
        const minPrice = integer(100, 600) * MILLION;
        const range = { minPrice, maxPrice: minPrice + 20 * MILLION };
        return {
          service: `/v1/properties/facets?${query({ city, ...range })}`,
          floor: `/facets?${query({ city: searchKey(city), ...range })}`,
        };
      }),
    },
    {
      name: 'facets of a price range in the country',
      requestsOf: requests(({ integer }) => {
        const minPrice = integer(4, 20) * PRICE_BUCKET;
        const range = query({ minPrice, maxPrice: minPrice + integer(4, 20) * PRICE_BUCKET - 1 });
        return { service: `/v1/properties/facets?${range}`, floor: `/facets?${range}` };
      }),
    },
    {
      name: 'like of a random property by a random user',
      requestsOf: likes(({ integer }) => integer(1, propertyCount)),
    },
    { name: 'like of one viral property', requestsOf: likes(() => viralId) },
  ];
}

/** The parameters of a map of a city, or of the country. @param {typeof cities[number]} [city] */
function mapOf(city) {
  const { lat, lng, spread } = city ?? { lat: 4, lng: -73, spread: 9 };
  const box = [lng - spread, lat - spread, lng + spread, lat + spread].map((degree) => degree.toFixed(4));
  return query({ bbox: box.join(','), zoom: city ? 12 : 6 });
}

/** @param {typeof cities[number]} [city] @returns {RequestPair} */
function clustersOf(city) {
  return { service: `/v1/properties/clusters?${mapOf(city)}`, floor: `/clusters?${mapOf(city)}` };
}

/** Searches whose latency is measured one at a time, on the service only. @type {readonly [name: string, path: string][]} */
export const LATENCIES = [
  ['facets of the biggest city', `/v1/properties/facets?${query({ city: cities[0]?.name ?? '' })}`],
  ['facets of the country', '/v1/properties/facets'],
  ['facets of a price range in the country', '/v1/properties/facets?minPrice=150000000&maxPrice=450000000'],
  ['a common word, newest first', '/v1/properties?q=casa'],
  ['a common word by relevance', '/v1/properties?q=casa&sort=relevance'],
  ['three words by relevance', '/v1/properties?q=casa+lote+piscina&sort=relevance'],
  ['three words, one of them rare', '/v1/properties?q=casa+piscina+mirador'],
  ['places that start with a letter', '/v1/places?q=v'],
  ['similar properties', '/v1/properties/4/similar'],
  [
    'few matches: type, bedrooms, stratum, price',
    '/v1/properties?propertyType=farm&minBedrooms=5&stratum=3&maxPrice=100000000',
  ],
  [
    'few matches, by price',
    '/v1/properties?propertyType=farm&minBedrooms=5&stratum=3&minArea=250&sort=price',
  ],
  ['reduced prices of the country, newest first', '/v1/properties?priceReduced=true'],
  ['the largest reductions of the country', '/v1/properties?sort=-priceDrop'],
  ['facets of a common word', '/v1/properties/facets?q=casa'],
  ['clusters of the biggest city', `/v1/properties/clusters?${mapOf(cities[0])}`],
  ['clusters of the country', `/v1/properties/clusters?${mapOf()}`],
  ['statistics of the biggest city', `/v1/properties/statistics?${query({ city: cities[0]?.name ?? '' })}`],
  ['statistics of the country', '/v1/properties/statistics'],
];
