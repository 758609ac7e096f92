// `npm run bench`: measures the service and its floor on the same tables, in turns, in one run.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { measureAdoption } from './adoption.mjs';
import { measureCache } from './cache.mjs';
import { explain } from './explain.mjs';
import { generateLikes, generateProperties } from './generate.mjs';
import { measureIdle } from './idle.mjs';
import { jobs, LATENCIES } from './jobs.mjs';
import { cities } from './properties.mjs';
import { measureRanking } from './ranking.mjs';
import {
  CONNECTIONS,
  databasePid,
  environment,
  load,
  median,
  rounded,
  runCommand,
  send,
  serve,
} from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    properties: { type: 'string', default: '1000000' },
    compare: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '.' },
    explain: { type: 'boolean', default: false },
    ranking: { type: 'boolean', default: false },
    adoption: { type: 'boolean', default: false },
    idle: { type: 'boolean', default: false },
    cache: { type: 'boolean', default: false },
  },
});
const SERVICE_PORT = 8_190;
const FLOOR_PORT = 8_191;
const SMALL_PORT = 8_192;
/** Pages of 100 properties: pages 390 to 410 are near page 2,000 of 20 properties. */
const [FIRST_DEEP_PAGE, LAST_DEEP_PAGE] = [390, 410];
const LATENCY_RUNS = 9;
/** A latency above this is measured fewer times. */
const SLOW_MS = 2_000;
/** The service's cursor has a checksum of this many bytes before its JSON. */
const CURSOR_CHECKSUM_BYTES = 9;

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
  for (let page = 1; page <= LAST_DEEP_PAGE; page++) {
    const { body } = await send(port, cursor ? `${path}&cursor=${cursor}` : path);
    cursor = JSON.parse(body).page.nextCursor;
    if (!cursor) return [];
    if (page < FIRST_DEEP_PAGE) continue;
    const after = Buffer.from(cursor, 'base64url').subarray(CURSOR_CHECKSUM_BYTES).toString();
    positions.push({ cursor, after });
  }
  return positions;
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
  await check.query(`analyze table property, property_search, status_history, auth_user, property_likes, like_event,
    ranking, ranking_week_ago, ranking_day`);
  await check.end();
  return { name, login: database };
}

/** @typedef {'service' | 'floor' | 'other'} Side `other`: the service on the smaller database, or with the job before in the list. */

/**
 * @param {import('./jobs.mjs').Job} job
 * @param {import('./jobs.mjs').Job | undefined} previous in the list
 * @param {import('./jobs.mjs').Job | undefined} ofSmall the same job for the smaller database
 * @param {Record<'service' | 'smaller', import('./servers.mjs').Server>} servers
 * @returns what the service is compared with, beside the floor
 */
function comparisonOf(job, previous, ofSmall, { service, smaller }) {
  if (previous && /^(page 2,000|like of one)/.test(job.name)) {
    // Other numbers than the rounds of the previous job had.
    return {
      title: previous.name,
      server: service,
      requestOf: (/** @type {number} */ n) => previous.requestsOf(n + 50_000_000).service,
    };
  }
  if (ofSmall && /^(list|detail|radius)/.test(job.name)) {
    const title = `${smallCount.toLocaleString('en')} properties`;
    return { title, server: smaller, requestOf: (/** @type {number} */ n) => ofSmall.requestsOf(n).service };
  }
  return undefined;
}

/** Prints a row for each job. @param {string} large @param {string} small names of the databases */
async function measureJobs(large, small) {
  const pid = databasePid();
  const service = await serve('dist/main.js', SERVICE_PORT, large);
  const floor = await serve('bench/floor.mjs', FLOOR_PORT, large);
  const smaller = await serve('dist/main.js', SMALL_PORT, small);
  const only = new RegExp(options.only);
  const deep = await deepPositions(SERVICE_PORT);
  const [ofLarge, ofSmall] = [jobs(count, deep), jobs(smallCount, deep)];
  for (const [index, job] of ofLarge.entries()) {
    if (!only.test(job.name)) continue;
    const other = comparisonOf(job, ofLarge[index - 1], ofSmall[index], { service, smaller });
    const sides = {
      service: { server: service, requestOf: (/** @type {number} */ n) => job.requestsOf(n).service },
      floor: { server: floor, requestOf: (/** @type {number} */ n) => job.requestsOf(n).floor },
      ...(other && { other }),
    };
    /** @type {Record<Side, Awaited<ReturnType<typeof load>>[]>} */
    const rounds = { service: [], floor: [], other: [] };
    // All sides get the same requests, in turns. Round 0 warms up, compilers too.
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const [side, { server, requestOf }] of Object.entries(sides)) {
        const seconds = Number(options.seconds);
        const result = await load(server, (n) => requestOf(round * 100_000 + n), seconds, pid);
        if (round > 0) rounds[/** @type {Side} */ (side)].push(result);
      }
    }
    const medianOf = (/** @type {Side} */ side, /** @type {'rate' | 'cpu' | 'database'} */ measure) =>
      median(rounds[side].map((result) => result[measure]));
    const ratio = (/** @type {Side} */ a, /** @type {Side} */ b) =>
      median(rounds[a].map(({ rate }, i) => rate / /** @type {{ rate: number }} */ (rounds[b][i]).rate));
    console.log(
      `| ${job.name} | ${rounded(medianOf('service', 'rate'))} | ${rounded(medianOf('floor', 'rate'))} | ${Math.round(ratio('service', 'floor') * 100)} % | ` +
        `${rounded(medianOf('service', 'cpu'))} + ${rounded(medianOf('service', 'database'))} | ${rounded(medianOf('floor', 'cpu'))} + ${rounded(medianOf('floor', 'database'))} | ` +
        `${other ? `${other.title}: ${ratio('other', 'service').toFixed(2)} times the rate` : ''} |`,
    );
  }
  for (const server of [service, floor, smaller]) await server.stop();
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
if (options.idle) {
  await measureIdle(login, count);
  process.exit(0);
}
if (options.cache) {
  const { rounds, seconds, only } = options;
  const { name } = await prepare(count);
  await measureCache(name, count, {
    rounds: Number(rounds),
    seconds: Number(seconds),
    only: new RegExp(only),
  });
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
const connection = await createConnection(login);
const [[server]] = /** @type {[{ version: string }[], unknown]} */ (
  /** @type {unknown} */ (await connection.query('select version() as version'))
);
await connection.end();
console.log(
  `${count.toLocaleString('en')} properties, ${server?.version}, ${availableParallelism()} cores for all, ${CONNECTIONS} connections, ` +
    `medians of ${options.rounds} rounds of ${options.seconds} s.\nCPU: milliseconds a request, Node.js + database.\n`,
);
console.log(
  '| job | service req/s | floor req/s | ratio | CPU service | CPU floor | compared with |\n' +
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
);
await measureJobs(large, small);
if (options.only === '.') await measureLatencies(large);
process.exit(0);
