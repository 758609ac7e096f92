// `npm run bench -- --ranking`: the ranking at three sizes and without its cache; how soon a like shows; how fast the worker is
// after an outage.
import { prepareFloor } from './floor-tables.mjs';
import { searchKey, STAFF_ID } from './jobs.mjs';
import { cities } from './properties.mjs';
import { pause, run, SERVICE_PORT, staffGet } from './ranking-access.mjs';
import { measureFreshness } from './ranking-freshness.mjs';
import { measureOutage } from './ranking-outage.mjs';
import { databasePid, load, median, rounded, send, serve } from './servers.mjs';

/** @typedef {import('./ranking-access.mjs').Database} Database */

const FLOOR_PORT = 8_199;
const PAGES_BEFORE_DEEP_ONE = 100;
const UNCACHED_RUNS = 9;

const topOf = (/** @type {string} */ city) =>
  staffGet(`/v1/ranking/properties?by=likes&window=30d&limit=100&city=${encodeURIComponent(city)}`);
// At every size the three biggest cities have a hundred liked properties.
const cityOf = (/** @type {number} */ n) => /** @type {typeof cities[number]} */ (cities[n % 3]).name;

/**
 * The same requests at each size and to the floor, in turns.
 * @param {readonly Database[]} databases from small to large @param {number} rounds @param {number} seconds of a round
 */
async function measureSizes(databases, rounds, seconds) {
  const largest = /** @type {Database} */ (databases.at(-1));
  const floor = await serve('bench/floor.mjs', FLOOR_PORT, largest.name);
  const services = [];
  for (const [i, database] of databases.entries())
    services.push(await serve('dist/main.js', SERVICE_PORT + i, database.name));
  await pause(5_000);
  const servers = [...services, floor];
  const pid = databasePid();
  /** @type {Awaited<ReturnType<typeof load>>[][]} */
  const results = servers.map(() => []);
  // Round 0 warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, server] of servers.entries()) {
      const requestOf = (/** @type {number} */ n) =>
        server === floor ? `/top?city=${encodeURIComponent(searchKey(cityOf(n)))}` : topOf(cityOf(n));
      const result = await load(server, requestOf, seconds, pid);
      if (round > 0) results[i]?.push(result);
    }
  }
  const medianOf = (/** @type {number} */ i, /** @type {'rate' | 'cpu' | 'database'} */ measure) =>
    median((results[i] ?? []).map((result) => result[measure]));
  const ratio = (/** @type {number} */ i, /** @type {number} */ j) =>
    median(
      (results[i] ?? []).map(
        ({ rate }, n) => rate / /** @type {{ rate: number }} */ (results[j]?.[n] ?? {}).rate,
      ),
    );
  console.log(
    '| top 100 of a city, 30 days | req/s | CPU | cost, as a multiple of the smallest size | share of the floor |\n| --- | ---: | ---: | ---: | ---: |',
  );
  for (const [i, database] of databases.entries()) {
    const [row] = await run(database, 'select count(*) as likes from property_likes');
    console.log(
      `| ${Number(row?.['likes']).toLocaleString('en')} likes, ${database.propertyCount.toLocaleString('en')} properties | ${rounded(medianOf(i, 'rate'))} | ` +
        `${rounded(medianOf(i, 'cpu'))} + ${rounded(medianOf(i, 'database'))} | ${ratio(0, i).toFixed(2)} | ${Math.round(ratio(i, databases.length) * 100)} % |`,
    );
  }
  const last = databases.length;
  console.log(
    `| the floor, largest size | ${rounded(medianOf(last, 'rate'))} | ${rounded(medianOf(last, 'cpu'))} + ${rounded(medianOf(last, 'database'))} | | |`,
  );
  for (const server of servers) await server.stop();
}

/** Requests one at a time, each after a new ranking version, so no cached result is used. @param {Database} database */
async function measureUncached(database) {
  const service = await serve('dist/main.js', SERVICE_PORT, database.name);
  const city = encodeURIComponent(cities[0]?.name ?? '');
  const requests = /** @type {[string, string][]} */ ([
    ['top 100 of the biggest city, 30 days', `properties?by=likes&limit=100&city=${city}`],
    ['top 100 of the biggest city, trending', `properties?limit=100&city=${city}`],
    ['top 100 of the country, 30 days', 'properties?by=likes&limit=100'],
    ['top 100 of the country, trending', 'properties?limit=100'],
    ['top 20 farms of the country, all likes', 'properties?by=likes&window=all&propertyType=farm'],
  ]);
  let cursor = '';
  for (let page = 0; page < PAGES_BEFORE_DEEP_ONE; page++) {
    const { body } = await send(
      SERVICE_PORT,
      staffGet(`/v1/ranking/properties?by=likes&window=all&limit=100${cursor && `&cursor=${cursor}`}`),
    );
    cursor = JSON.parse(body).page.nextCursor;
  }
  const [deep] = await run(
    database,
    "select property_id as id from ranking where availability = 'available' order by total desc limit 5000, 1",
  );
  requests.push(
    ['page 101 of the country, all likes', `properties?by=likes&window=all&limit=100&cursor=${cursor}`],
    ['a property near rank 5,000', `properties/${deep?.['id']}?by=likes`],
    ['all cities, 30 days', 'cities'],
  );
  console.log(
    `\n| one request at a time, just after the ranking has changed | median ms of ${UNCACHED_RUNS} |\n| --- | ---: |`,
  );
  for (const [title, path] of requests) {
    const times = [];
    for (let i = 0; i < UNCACHED_RUNS; i++) {
      await run(database, 'update ranking_state set version = version + 1, written_version = version');
      const start = performance.now();
      const { status, body } = await send(SERVICE_PORT, staffGet(`/v1/ranking/${path}`));
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      times.push(performance.now() - start);
    }
    console.log(`| ${title} | ${rounded(median(times))} |`);
  }
  await service.stop();
}

/** @param {readonly Database[]} databases @param {{ rounds: number, seconds: number, only: RegExp }} options */
export async function measureRanking(databases, { rounds, seconds, only }) {
  const largest = /** @type {Database} */ (databases.at(-1));
  for (const database of databases)
    await run(database, 'update auth_user set is_staff = 1 where id = ?', [STAFF_ID]);
  await prepareFloor(largest.login, largest.name);
  if (only.test('sizes')) await measureSizes(databases, rounds, seconds);
  if (only.test('fresh')) await measureUncached(largest);
  if (only.test('freshness')) await measureFreshness(largest);
  if (only.test('outage')) await measureOutage(largest);
}
