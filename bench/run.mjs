// `npm run bench`: the service against its floor on the same tables, in turns, in one run.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { measureAdoption } from './adoption.mjs';
import { explain } from './explain.mjs';
import { generate, generateLikes } from './generate.mjs';
import { cities } from './homes.mjs';
import { jobs, LATENCIES } from './jobs.mjs';
import { measureRanking } from './ranking.mjs';
import {
  ask,
  command,
  CONNECTIONS,
  databasePid,
  environment,
  load,
  median,
  rounded,
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
  },
});
const SERVICE_PORT = 8_190;
const FLOOR_PORT = 8_191;
const SMALL_PORT = 8_192;

/** Positions about page 2,000 of the biggest city, for both. @param {number} port */
async function deepPositions(port) {
  const path = `/v1/properties?availability=available&limit=100&city=${encodeURIComponent(cities[0]?.name ?? '')}`;
  const found = [];
  let cursor = '';
  for (let page = 1; page <= 410; page++) {
    const { body } = await ask(port, cursor ? `${path}&cursor=${cursor}` : path);
    cursor = JSON.parse(body).page.nextCursor;
    if (!cursor) return [];
    if (page < 390) continue;
    const json = Buffer.from(cursor, 'base64url').subarray(9).toString();
    found.push({ cursor, after: json });
  }
  return found;
}

/** The database that has so many homes. @param {number} count */
async function prepare(count) {
  const name = `${process.env.DATABASE_NAME}_test_bench_${count}`;
  const login = {
    host: process.env.DATABASE_HOST,
    port: Number(process.env.DATABASE_PORT),
    user: process.env.DATABASE_USER,
    password: process.env.DATABASE_PASSWORD,
  };
  const connection = await createConnection(login);
  await connection.query(
    `create database if not exists ${name} character set utf8mb4 collate utf8mb4_unicode_ci`,
  );
  await connection.end();
  await command('dist/commands/migrate.js', name);
  const database = { ...login, database: name };
  const check = await createConnection(database);
  const [[row]] = /** @type {[{ homes: number }[], unknown]} */ (
    /** @type {unknown} */ (
      await check.query("select count(*) as homes from property where external_ref like 'bench:%'")
    )
  );
  if (row?.homes !== count) {
    if (row?.homes) throw new Error(`${name} has ${row.homes} homes of ${count}: drop it and start again`);
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 1000);
    await generate(database, count, (done) => {
      if (done % 100_000 === 0) console.error(`${done} homes in ${seconds()} s`);
    });
    let told = 0;
    await generateLikes(database, count, (done) => {
      if (done - told < 500_000) return;
      told = done;
      console.error(`${done} likes, after ${seconds()} s`);
    });
    await command('dist/commands/rebuild.js', name);
    console.error(`${count} homes are there, searchable and ranked after ${seconds()} s`);
  }
  await check.query(`analyze table property, property_search, status_history, auth_user, property_likes, like_event,
    ranking, ranking_week_ago, ranking_day`);
  await check.end();
  return { name, login: database };
}

/** @typedef {'service' | 'floor' | 'other'} Side `other`: the service on the smaller database, or with page 1 instead of 2,000. */

/** @param {string} large @param {string} small */
async function measure(large, small) {
  const pid = databasePid();
  const service = await serve('dist/main.js', SERVICE_PORT, large);
  const floor = await serve('bench/floor.mjs', FLOOR_PORT, large);
  const smaller = await serve('dist/main.js', SMALL_PORT, small);
  const only = new RegExp(options.only);
  const deep = await deepPositions(SERVICE_PORT);
  const [ofLarge, ofSmall] = [jobs(count, deep), jobs(smallCount, deep)];
  for (const [index, job] of ofLarge.entries()) {
    if (!only.test(job.name)) continue;
    const before = ofLarge[index - 1];
    const other = /^(page 2,000|like of one)/.test(job.name)
      ? {
          title: before?.name,
          server: service,
          ask: (/** @type {number} */ n) => before?.ask(n + 50_000_000),
        }
      : /^(list|detail|radius)/.test(job.name)
        ? { title: `${smallCount.toLocaleString('en')} homes`, server: smaller, ask: ofSmall[index]?.ask }
        : undefined;
    const sides = {
      service: { server: service, pathOf: (/** @type {number} */ n) => job.ask(n).service },
      floor: { server: floor, pathOf: (/** @type {number} */ n) => job.ask(n).floor },
      ...(other && {
        other: { server: other.server, pathOf: (/** @type {number} */ n) => other.ask?.(n)?.service ?? '' },
      }),
    };
    /** @type {Record<Side, Awaited<ReturnType<typeof load>>[]>} */
    const rounds = { service: [], floor: [], other: [] };
    // In turns, each asked what the others were asked; the first turn warms up, compilers too.
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const [side, { server, pathOf }] of Object.entries(sides)) {
        const seconds = Number(options.seconds);
        const result = await load(server, (n) => pathOf(round * 100_000 + n), seconds, pid);
        if (round > 0) rounds[/** @type {Side} */ (side)].push(result);
      }
    }
    const of = (/** @type {Side} */ side, /** @type {'rate' | 'cpu' | 'database'} */ what) =>
      median(rounds[side].map((result) => result[what]));
    const ratio = (/** @type {Side} */ a, /** @type {Side} */ b) =>
      median(rounds[a].map(({ rate }, i) => rate / /** @type {{ rate: number }} */ (rounds[b][i]).rate));
    console.log(
      `| ${job.name} | ${rounded(of('service', 'rate'))} | ${rounded(of('floor', 'rate'))} | ${Math.round(ratio('service', 'floor') * 100)} % | ` +
        `${rounded(of('service', 'cpu'))} + ${rounded(of('service', 'database'))} | ${rounded(of('floor', 'cpu'))} + ${rounded(of('floor', 'database'))} | ` +
        `${other ? `${other.title}: ${ratio('other', 'service').toFixed(2)} times as many` : ''} |`,
    );
  }
  for (const server of [service, floor, smaller]) await server.stop();
}

/** @param {string} name */
async function latencies(name) {
  const service = await serve('dist/main.js', SERVICE_PORT, name);
  console.log('\n| one request at a time, uncached | median ms of 9 | status |\n| --- | ---: | ---: |');
  for (const [title, path] of LATENCIES) {
    const times = [];
    let last = 0;
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      last = (await ask(SERVICE_PORT, path)).status;
      if (i > 0) times.push(performance.now() - start);
      if (times.length > 2 && median(times) > 2_000) break;
    }
    console.log(`| ${title} | ${rounded(median(times))} | ${last} |`);
  }
  await service.stop();
}

const count = Number(options.properties);
if (options.explain) {
  Object.assign(process.env, environment((await prepare(count)).name));
  await explain({
    host: process.env.DATABASE_HOST,
    port: Number(process.env.DATABASE_PORT),
    user: process.env.DATABASE_USER,
    password: process.env.DATABASE_PASSWORD,
    database: process.env.DATABASE_NAME,
  });
  process.exit(0);
}
if (options.adoption) {
  await measureAdoption(
    {
      host: process.env.DATABASE_HOST,
      port: Number(process.env.DATABASE_PORT),
      user: process.env.DATABASE_USER,
      password: process.env.DATABASE_PASSWORD,
    },
    count,
  );
  process.exit(0);
}
if (options.ranking) {
  const databases = [];
  for (const homes of [count / 100, count / 10, count]) databases.push({ homes, ...(await prepare(homes)) });
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
const version = await createConnection({
  host: process.env.DATABASE_HOST,
  port: Number(process.env.DATABASE_PORT),
  user: process.env.DATABASE_USER,
  password: process.env.DATABASE_PASSWORD,
});
const [[server]] = /** @type {[{ version: string }[], unknown]} */ (
  /** @type {unknown} */ (await version.query('select version() as version'))
);
await version.end();
console.log(
  `${count.toLocaleString('en')} homes, ${server?.version}, ${availableParallelism()} cores for all, ${CONNECTIONS} connections, ` +
    `medians of ${options.rounds} rounds of ${options.seconds} s.\nCPU: milliseconds a request, of Node.js + of the database.\n`,
);
console.log(
  '| job | service req/s | floor req/s | ratio | CPU service | CPU floor | compared with |\n' +
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
);
await measure(large, small);
if (options.only === '.') await latencies(large);
process.exit(0);
