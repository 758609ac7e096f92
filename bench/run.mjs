// `npm run bench`: measures the service and its floor on the same tables, in turns, in one run.
import { createConnection } from 'mysql2/promise';
import { readArguments } from '../scripts/arguments.mjs';
import { measureAdoption } from './adoption.mjs';
import { measureAttack } from './attack.mjs';
import { explain } from './explain.mjs';
import { prepareFloor } from './floor-tables.mjs';
import { generateLikes, generateProperties, generateReductions } from './generate.mjs';
import { measureIdle } from './idle.mjs';
import { jobs, LATENCIES, STAFF_ID } from './jobs.mjs';
import { cities } from './properties.mjs';
import { measureOverload } from './overload.mjs';
import { measureRanking } from './ranking.mjs';
import { pause } from './ranking-access.mjs';
import { writeResults } from './results.mjs';
import { measureSoak } from './soak.mjs';
import {
  databasePid,
  environment,
  load,
  median,
  rounded,
  runCommand,
  send,
  serve,
  WITH_CACHE,
} from './servers.mjs';

const { values: options } = readArguments('bench');
const SERVICE_PORT = 8_190;
const FLOOR_PORT = 8_191;
const SMALL_PORT = 8_192;
const HOT_PORT = 8_189;
/** Different requests of the jobs with hot answers. */
const HOT_REQUESTS = 50;
/** The jobs that are also measured on the smaller database. */
const GROWING = /^(list|detail|page 1|top|radius|like of a random)/;
/** The jobs that are answered from the columns in memory, once these are loaded. */
const IN_MEMORY = /^(clusters|statistics|polygon)/;
/** With a million properties, it gets a 503 until the columns are loaded. */
const NEEDS_COLUMNS = '/v1/properties/statistics';
/** Pages of 100 properties: pages 390 to 410 are near page 2,000 of 20 properties. */
const [FIRST_DEEP_PAGE, LAST_DEEP_PAGE] = [390, 410];
const LATENCY_RUNS = 9;
/** A latency above this is measured fewer times. */
const SLOW_MS = 2_000;

const login = {
  host: process.env.DATABASE_HOST,
  port: Number(process.env.DATABASE_PORT),
  user: process.env.DATABASE_USER,
  password: process.env.DATABASE_PASSWORD,
};

/**
 * Positions near page 2,000 of the biggest city, for the service and the floor; none if the city has fewer pages.
 * @param {number} port @returns {Promise<import('./jobs.mjs').DeepPosition[]>}
 */
async function deepPositions(port) {
  const path = `/v1/properties?availability=available&limit=100&city=${encodeURIComponent(cities[0]?.name ?? '')}`;
  const positions = [];
  let cursor = '';
  /** @type {{ id: number, statusSince: string } | undefined} */
  let last;
  for (let page = 1; page <= LAST_DEEP_PAGE + 1; page++) {
    const { body } = await send(port, cursor ? `${path}&cursor=${cursor}` : path);
    const { items, page: next } = JSON.parse(body);
    if (last && page > FIRST_DEEP_PAGE) positions.push({ cursor, after: afterOf(last, items[0]) });
    last = items.at(-1);
    cursor = next.nextCursor;
    if (!cursor) return [];
  }
  return positions;
}

/**
 * The keyset position of the floor: as in the service, without an id when the next row has another time.
 * @param {{ id: number, statusSince: string }} last @param {{ statusSince: string }} next
 */
function afterOf({ id, statusSince }, next) {
  const since = new Date(statusSince).toISOString().slice(0, 19).replace('T', ' ');
  return JSON.stringify([since, next.statusSince === statusSince ? id : null]);
}

/** Creates and fills the database with this many properties, unless it exists. @param {number} count */
async function prepare(count) {
  const name = `${process.env.DATABASE_NAME}_test_bench_${count}`;
  const connection = await createConnection(login);
  await connection.query(
    `create database if not exists ${name} character set utf8mb4 collate utf8mb4_unicode_ci`,
  );
  await connection.end();
  await runCommand('dist/commands/migrate.js', name);
  const database = { ...login, database: name };
  const check = await createConnection(database);
  const [[row]] = /** @type {[{ properties: number }[], unknown]} */ (
    /** @type {unknown} */ (
      await check.query("select count(*) as properties from property where external_ref like 'bench:%'")
    )
  );
  if (row?.properties !== count) {
    if (row?.properties)
      throw new Error(`${name} has ${row.properties} of ${count} properties: drop it and start again`);
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 1000);
    await generateProperties(database, count, (done) => {
      if (done % 100_000 === 0) console.error(`${done} properties after ${seconds()} s`);
    });
    let reported = 0;
    await generateLikes(database, count, (done) => {
      if (done - reported < 500_000) return;
      reported = done;
      console.error(`${done} likes after ${seconds()} s`);
    });
    await runCommand('dist/commands/rebuild.js', name);
    console.error(`${count} properties are searchable and ranked after ${seconds()} s`);
  }
  await untilCaughtUp(name, check);
  const [priced] = await check.query('select 1 from property_price limit 1');
  if (/** @type {unknown[]} */ (priced).length === 0) await generateReductions(check);
  await check.query('update auth_user set is_staff = 1 where id = ?', [STAFF_ID]);
  await check.query(`analyze table property, property_search, property_price, property_change, status_history, auth_user, property_likes, like_event,
    ranking, ranking_week_ago, ranking_day`);
  await check.end();
  return { name, login: database };
}

/**
 * Runs the service until its workers have read all rows of the filled tables once: at a million properties they take minutes of a core,
 * beside what is measured.
 * @param {string} name of the database @param {import('mysql2/promise').Connection} connection
 */
async function untilCaughtUp(name, connection) {
  const unread = async () => {
    const [[row]] = /** @type {any} */ (
      await connection.query(`select (select max(id) from property_likes) - like_id as likes,
        (select max(id) from status_history) - status_history_id as statuses,
        (select greatest(fact_id - judged_to, 0) from ranking_state) as events from catch_up_state`)
    );
    return Number(row.likes) + Number(row.statuses) + Number(row.events);
  };
  if ((await unread()) === 0) return;
  const service = await serve('dist/main.js', SERVICE_PORT, name);
  while ((await unread()) > 0) await pause(1_000);
  await service.stop();
}

/**
 * Measures each job on the service without its cache, the floor, the service with hot answers, and the service on the smaller
 * database. All get the same requests, in turns.
 * @param {string} large @param {string} small names of the databases
 * @returns {Promise<import('./results.mjs').Result[]>}
 */
async function measureJobs(large, small) {
  const pid = databasePid();
  const only = new RegExp(options.only);
  const service = await serve('dist/main.js', SERVICE_PORT, large);
  const hot = await serve('dist/main.js', HOT_PORT, large, WITH_CACHE);
  const floor = await serve('bench/floor.mjs', FLOOR_PORT, large);
  const smaller = await serve('dist/main.js', SMALL_PORT, small);
  const deep = await deepPositions(SERVICE_PORT);
  const [ofLarge, ofSmall] = [jobs(count, deep), jobs(smallCount, deep)];
  const connection = await createConnection({ ...login, database: large });
  /** Until the ranking contains all likes: it has not changed for half a second. */
  const ranked = async () => {
    for (let before = -1; ; await pause(500)) {
      const [[state]] = /** @type {any} */ (await connection.query('select version from ranking_state'));
      if (state.version === before) return;
      before = state.version;
    }
  };
  const results = [];
  for (const [index, job] of ofLarge.entries()) {
    if (!only.test(job.name)) continue;
    const isLike = job.name.startsWith('like');
    if (IN_MEMORY.test(job.name))
      for (const port of [SERVICE_PORT, HOT_PORT]) await untilAnswered(port, NEEDS_COLUMNS);
    const kept = isLike ? [] : await keptRequests(job);
    const smallJob = GROWING.test(job.name) ? ofSmall[index] : undefined;
    /** @type {Record<string, { server: import('./servers.mjs').Server, requestOf: (n: number) => import('./jobs.mjs').BenchRequest, settle?: () => Promise<void> }>} */
    const sides = {
      floor: { server: floor, requestOf: (n) => job.requestsOf(n).floor },
      service: {
        server: service,
        requestOf: (n) => job.requestsOf(n).service,
        ...(isLike && { settle: ranked }),
      },
      ...(!isLike && {
        hot: { server: hot, requestOf: (n) => /** @type {typeof kept[number]} */ (kept[n % kept.length]) },
      }),
      ...(smallJob && { smaller: { server: smaller, requestOf: (n) => smallJob.requestsOf(n).service } }),
    };
    /** @type {Map<string, import('./results.mjs').Measured[]>} */
    const rounds = new Map(Object.keys(sides).map((side) => [side, []]));
    // Round 0 warms up, compilers too.
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const [side, { server, requestOf, settle }] of Object.entries(sides)) {
        const numbered = (/** @type {number} */ n) => requestOf(round * 100_000 + n);
        // Answers that other programs may change are kept for 3 seconds only.
        if (side === 'hot') for (const request of kept) await send(HOT_PORT, request);
        const measured = await load(server, numbered, Number(options.seconds), pid, settle);
        if (round > 0) rounds.get(side)?.push(measured);
      }
    }
    const of = (/** @type {string} */ side) => {
      const all = rounds.get(side) ?? [];
      return {
        rate: median(all.map(({ rate }) => rate)),
        cpu: median(all.map(({ cpu }) => cpu)),
        database: median(all.map(({ database }) => database)),
      };
    };
    const [large_, small_] = [of('service'), of('smaller')];
    results.push({
      job: job.name,
      floor: of('floor'),
      service: large_,
      ...(rounds.has('hot') && { hot: of('hot') }),
      ...(smallJob && { growth: (large_.cpu + large_.database) / (small_.cpu + small_.database) }),
    });
    console.error(`measured: ${job.name}`);
  }
  await connection.end();
  for (const server of [service, hot, floor, smaller]) await server.stop();
  return results;
}

/** The first requests of a job that are answered with 200: only these answers are kept. @param {import('./jobs.mjs').Job} job */
async function keptRequests(job) {
  const requests = [];
  for (let n = 0; requests.length < HOT_REQUESTS; n++) {
    const { service } = job.requestsOf(n);
    if ((await send(HOT_PORT, service)).status === 200) requests.push(service);
  }
  return requests;
}

/** Waits for a 200. @param {number} port @param {import('./jobs.mjs').BenchRequest} request */
async function untilAnswered(port, request) {
  while ((await send(port, request)).status !== 200) await pause(1_000);
}

/** Prints the latency of each search of `LATENCIES`. @param {string} name of the database */
async function measureLatencies(name) {
  const service = await serve('dist/main.js', SERVICE_PORT, name);
  console.log(
    `\n| one request at a time, uncached | median ms of ${LATENCY_RUNS} | status |\n| --- | ---: | ---: |`,
  );
  for (const [title, path] of LATENCIES) {
    const times = [];
    let lastStatus = 0;
    if (IN_MEMORY.test(title)) await untilAnswered(SERVICE_PORT, path);
    // Run 0 warms up.
    for (let i = 0; i <= LATENCY_RUNS; i++) {
      const start = performance.now();
      lastStatus = (await send(SERVICE_PORT, path)).status;
      if (i > 0) times.push(performance.now() - start);
      if (times.length > 2 && median(times) > SLOW_MS) break;
    }
    console.log(`| ${title} | ${rounded(median(times))} | ${lastStatus} |`);
  }
  await service.stop();
}

const count = Number(options.properties);
if (options.explain) {
  Object.assign(process.env, environment((await prepare(count)).name));
  await explain({ ...login, database: process.env.DATABASE_NAME });
  process.exit(0);
}
if (options.adoption) {
  await measureAdoption(login, count);
  process.exit(0);
}
if (options.soak) {
  const { name } = await prepare(count);
  await measureSoak(login, name, count, Number(options.soak));
  process.exit(0);
}
if (options.attack) {
  const { name } = await prepare(count);
  await measureAttack(name, count, Number(options.attack));
  process.exit(0);
}
if (options.overload) {
  const { name } = await prepare(count);
  await measureOverload(name, count, Number(options.overload));
  process.exit(0);
}
if (options.idle) {
  await measureIdle(login, count);
  process.exit(0);
}
if (options.ranking) {
  const databases = [];
  for (const propertyCount of [count / 100, count / 10, count])
    databases.push({ propertyCount, ...(await prepare(propertyCount)) });
  const { rounds, seconds, only } = options;
  await measureRanking(databases, {
    rounds: Number(rounds),
    seconds: Number(seconds),
    only: new RegExp(only),
  });
  process.exit(0);
}
const smallCount = Number(options.compare);
const { name: large } = await prepare(count);
const { name: small } = await prepare(smallCount);
await prepareFloor(login, large);
await prepareFloor(login, large);
const connection = await createConnection(login);
const [[server]] = /** @type {[{ version: string }[], unknown]} */ (
  /** @type {unknown} */ (await connection.query('select version() as version'))
);
await connection.end();
const results = await measureJobs(large, small);
writeResults(results, {
  properties: count,
  server: server?.version ?? '',
  rounds: options.rounds,
  seconds: options.seconds,
});
if (options.only === '.') await measureLatencies(large);
process.exit(0);
