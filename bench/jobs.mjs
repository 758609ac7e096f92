// What is measured: for each job the same questions to the service and to the floor, from a fixed sequence.
import { createHmac } from 'node:crypto';
import { cities, home, random, VOCABULARY } from './homes.mjs';

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {(n: number) => { service: Question, floor: Question }} ask the n-th question
 *
 * @typedef {string | { method: string, path: string, headers: Record<string, string> }} Question a path to GET, or more
 */

export const JWT_SECRET = 'only for the benchmark: nobody else signs in';
/** Signs tokens as the service does: it is not what is measured. @param {number} userId */
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

const key = (/** @type {string} */ name) => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const query = (/** @type {Record<string, string | number>} */ values) =>
  new URLSearchParams(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
  ).toString();
const million = 1_000_000;

/**
 * @param {number} homes
 * @param {readonly { cursor: string, after: string }[]} deep positions about page 2,000 of the biggest city
 * @returns {Job[]}
 */
export function jobs(homes, deep) {
  const [biggest] = cities;
  if (!biggest) throw new Error('there are no cities');
  /** @param {(random: ReturnType<typeof import('./homes.mjs').random>) => { service: Question, floor: Question }} make */
  const questions = (make) => (/** @type {number} */ n) => make(random(n * 7_919 + 1));
  // Each asks for pairs of its own, and others than in the last run: a like that stands is no work.
  const started = Math.floor(Date.now() / 1000) % 1_000_000;
  let viral = (started % homes) + 1;
  while (!['pre_venta', 'en_venta', 'vendido'].includes(home(viral).history.at(-1)?.status ?? '')) viral++;
  /** @param {(random: ReturnType<typeof import('./homes.mjs').random>) => number} homeOf */
  const likes = (homeOf) => (/** @type {number} */ n) => {
    const like = (/** @type {number} */ side) => {
      const numbers = random((started * 1_000_003 + n * 7_919 + 1) * 2 + side);
      const person = numbers.integer(1, Math.ceil(homes / 5));
      return {
        method: 'PUT',
        path: `/v1/properties/${homeOf(numbers)}/like`,
        headers: { authorization: `Bearer ${tokenOf(person)}` },
      };
    };
    return { service: like(0), floor: like(1) };
  };
  return [
    {
      name: 'list: 2 statuses, a city, price and year',
      ask: questions(({ integer, pick }) => {
        // With 10,000 homes, too, these have full pages.
        const city = pick(cities.slice(0, 3)).name;
        const minPrice = integer(100, 400) * million;
        const range = {
          minPrice,
          maxPrice: minPrice + 200 * million,
          minYear: 2000,
          maxYear: integer(2015, 2026),
        };
        return {
          service: `/v1/properties?status=pre_venta&status=en_venta&${query({ city, ...range })}`,
          floor: `/list?${query({ city: key(city), ...range })}`,
        };
      }),
    },
    {
      name: 'detail',
      ask: questions(({ integer }) => {
        const id = integer(1, homes);
        return { service: `/v1/properties/${id}`, floor: `/detail?id=${id}` };
      }),
    },
    {
      name: 'page 1 of the biggest city',
      ask: () => ({
        service: `/v1/properties?availability=available&${query({ city: biggest.name })}`,
        floor: `/page?${query({ city: key(biggest.name) })}`,
      }),
    },
    ...(deep.length === 0
      ? []
      : [
          {
            name: 'page 2,000 of the biggest city',
            ask: (/** @type {number} */ n) => {
              const { cursor, after } = /** @type {typeof deep[number]} */ (deep[n % deep.length]);
              return {
                service: `/v1/properties?availability=available&${query({ city: biggest.name, cursor })}`,
                floor: `/page?${query({ city: key(biggest.name), after })}`,
              };
            },
          },
        ]),
    {
      name: 'words that many have, newest first',
      ask: questions(({ pick }) => {
        const q = pick(['casa', 'cocina', 'sala', 'apartamento']);
        return { service: `/v1/properties?q=${q}`, floor: `/common?q=${q}` };
      }),
    },
    {
      name: 'words that few have, newest first',
      ask: questions(({ integer }) => {
        const q = key(/** @type {string} */ (VOCABULARY[integer(3_000, 5_900)]));
        return { service: `/v1/properties?q=${q}`, floor: `/rare?q=${q}` };
      }),
    },
    {
      name: 'radius of 2 km, nearest first',
      ask: questions(({ next, zipf }) => {
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
      name: 'facets of a price range in a city',
      ask: questions(({ integer, zipf }) => {
        const city = /** @type {{ name: string }} */ (cities[zipf(50)]).name;
        const minPrice = integer(100, 600) * million;
        const range = { minPrice, maxPrice: minPrice + 20 * million };
        return {
          service: `/v1/properties/facets?${query({ city, ...range })}`,
          floor: `/facets?${query({ city: key(city), ...range })}`,
        };
      }),
    },
    { name: 'like of a random home by a random person', ask: likes(({ integer }) => integer(1, homes)) },
    { name: 'like of one viral home', ask: likes(() => viral) },
  ];
}

/** Asked of the service alone: what must stay below a time. @type {readonly [name: string, path: string][]} */
export const LATENCIES = [
  ['facets of the biggest city', `/v1/properties/facets?${query({ city: cities[0]?.name ?? '' })}`],
  ['facets of the country', '/v1/properties/facets'],
  ['a common word, newest first', '/v1/properties?q=casa'],
  ['a common word by relevance', '/v1/properties?q=casa&sort=relevance'],
  ['three words by relevance', '/v1/properties?q=casa+lote+piscina&sort=relevance'],
  ['words of which one is rare', '/v1/properties?q=casa+piscina+mirador'],
  ['places that begin with a letter', '/v1/places?q=v'],
  ['homes like one', '/v1/properties/4/similar'],
  [
    'few fit: a kind, bedrooms, stratum, price',
    '/v1/properties?propertyType=farm&minBedrooms=5&stratum=3&maxPrice=100000000',
  ],
  ['few fit, by price', '/v1/properties?propertyType=farm&minBedrooms=5&stratum=3&minArea=250&sort=price'],
  ['facets of a common word', '/v1/properties/facets?q=casa'],
];
