// `npm run bench -- --ranking`: the ranking at three sizes, how soon a like shows, and how fast an outage is caught up with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { cities, random } from './homes.mjs';
import { tokenOf } from './jobs.mjs';
import { ask, command, databasePid, load, median, rounded, serve } from './servers.mjs';

const PORT = 8_193;
const FLOOR_PORT = 8_199;
const LIKES_A_SECOND = 500;
const FRESHNESS_SECONDS = 60;
// The first seconds bring the indexes into memory.
const WARM_UP_SECONDS = 15;
const OUTAGE_SECONDS = 3_600;
const PROBES = 4;
const STAFF = 1;

/** @typedef {{ homes: number, name: string, login: import('mysql2/promise').ConnectionOptions }} Database */

const key = (/** @type {string} */ name) => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const headers = { authorization: `Bearer ${tokenOf(STAFF)}` };
const get = (/** @type {string} */ path) => ({ method: 'GET', path, headers });
const top = (/** @type {string} */ city) =>
  get(`/v1/ranking/properties?by=likes&window=30d&limit=100&city=${encodeURIComponent(city)}`);
// The biggest three have a hundred homes with likes at every size.
const cityOf = (/** @type {number} */ n) => /** @type {typeof cities[number]} */ (cities[n % 3]).name;

/** @param {Database} database @param {string} sql @param {unknown[]} [values] @returns {Promise<Record<string, any>[]>} */
async function run({ login }, sql, values = []) {
  const connection = await createConnection({ ...login, dateStrings: true });
  const [rows] = await connection.query(sql, values);
  await connection.end();
  return /** @type {Record<string, any>[]} */ (rows);
}

/** What the floor reads: each answer, precomputed, in its order. @param {Database} database */
async function precompute(database) {
  await run(database, 'update auth_user set is_staff = 1 where id = ?', [STAFF]);
  await run(database, 'drop table if exists bench_top');
  await run(
    database,
    `create table bench_top (city_key varchar(64) character set utf8mb4 collate utf8mb4_bin not null, place int not null,
      property_id int not null, score int not null, total int not null, previous_rank int null, primary key (city_key, place))`,
  );
  for (const { name } of cities.slice(0, 3)) {
    const place = (/** @type {string} */ table) =>
      `select property_id, d30, total, row_number() over (order by d30 desc, total desc, property_id) as place
      from ${table} where availability = 'available' and city_key = ? and d30 > 0`;
    await run(
      database,
      `insert into bench_top select ?, now_.place, now_.property_id, now_.d30, now_.total, then_.place
      from (${place('ranking')}) now_ left join (${place('ranking_week_ago')}) then_ on then_.property_id = now_.property_id`,
      [key(name), key(name), key(name)],
    );
  }
}

/** @param {readonly Database[]} databases @param {number} rounds @param {number} seconds */
async function sizes(databases, rounds, seconds) {
  const largest = /** @type {Database} */ (databases.at(-1));
  const floor = await serve('bench/floor.mjs', FLOOR_PORT, largest.name);
  const services = [];
  for (const [i, database] of databases.entries())
    services.push(await serve('dist/main.js', PORT + i, database.name));
  await pause(5_000);
  const sides = [...services, floor];
  const pid = databasePid();
  /** @type {Awaited<ReturnType<typeof load>>[][]} */
  const results = sides.map(() => []);
  // In turns; the first warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, side] of sides.entries()) {
      const question = (/** @type {number} */ n) =>
        side === floor ? `/top?city=${encodeURIComponent(key(cityOf(n)))}` : top(cityOf(n));
      const result = await load(side, question, seconds, pid);
      if (round > 0) results[i]?.push(result);
    }
  }
  const of = (/** @type {number} */ i, /** @type {'rate' | 'cpu' | 'database'} */ what) =>
    median((results[i] ?? []).map((result) => result[what]));
  const ratio = (/** @type {number} */ i, /** @type {number} */ j) =>
    median(
      (results[i] ?? []).map(
        ({ rate }, n) => rate / /** @type {{ rate: number }} */ (results[j]?.[n] ?? {}).rate,
      ),
    );
  console.log(
    '| top 100 of a city, 30 days | req/s | CPU | cost, times the first | of the floor |\n| --- | ---: | ---: | ---: | ---: |',
  );
  for (const [i, database] of databases.entries()) {
    const [row] = await run(database, 'select count(*) as likes from property_likes');
    console.log(
      `| ${Number(row?.['likes']).toLocaleString('en')} likes, ${database.homes.toLocaleString('en')} homes | ${rounded(of(i, 'rate'))} | ` +
        `${rounded(of(i, 'cpu'))} + ${rounded(of(i, 'database'))} | ${ratio(0, i).toFixed(2)} | ${Math.round(ratio(i, databases.length) * 100)} % |`,
    );
  }
  const last = databases.length;
  console.log(
    `| the floor, the last size | ${rounded(of(last, 'rate'))} | ${rounded(of(last, 'cpu'))} + ${rounded(of(last, 'database'))} | | |`,
  );
  for (const side of sides) await side.stop();
}

/** One at a time, each after the numbers have changed: nothing is remembered. @param {Database} database */
async function fresh(database) {
  const service = await serve('dist/main.js', PORT, database.name);
  const city = encodeURIComponent(cities[0]?.name ?? '');
  const questions = /** @type {[string, string][]} */ ([
    ['top 100 of the biggest city, 30 days', `properties?by=likes&limit=100&city=${city}`],
    ['top 100 of the biggest city, trending', `properties?limit=100&city=${city}`],
    ['top 100 of the country, 30 days', 'properties?by=likes&limit=100'],
    ['top 100 of the country, trending', 'properties?limit=100'],
    ['top 20 farms of the country, all likes', 'properties?by=likes&window=all&propertyType=farm'],
  ]);
  let cursor = '';
  for (let page = 0; page < 100; page++) {
    const { body } = await ask(
      PORT,
      get(`/v1/ranking/properties?by=likes&window=all&limit=100${cursor && `&cursor=${cursor}`}`),
    );
    cursor = JSON.parse(body).page.nextCursor;
  }
  const [best] = await run(
    database,
    "select property_id as id from ranking where availability = 'available' order by d30 desc limit 5000, 1",
  );
  questions.push(
    ['page 101 of the country, all likes', `properties?by=likes&window=all&limit=100&cursor=${cursor}`],
    ['a home of about rank 5,000', `properties/${best?.['id']}?by=likes`],
    ['cities side by side, 30 days', 'cities'],
  );
  console.log('\n| when the numbers have just changed, one at a time | median ms of 9 |\n| --- | ---: |');
  for (const [title, path] of questions) {
    const times = [];
    for (let i = 0; i < 9; i++) {
      await run(database, 'update ranking_state set version = version + 1');
      const start = performance.now();
      const { status, body } = await ask(PORT, get(`/v1/ranking/${path}`));
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      times.push(performance.now() - start);
    }
    console.log(`| ${title} | ${rounded(median(times))} |`);
  }
  await service.stop();
}

/** Homes in places of their own, by the importer. @param {Database} database */
async function addProbes(database) {
  mkdirSync('.local', { recursive: true });
  const file = '.local/bench-probes.ndjson';
  writeFileSync(
    file,
    Array.from({ length: PROBES }, (_, i) =>
      JSON.stringify({ externalRef: `probe:${i}`, city: `Sonda ${i}`, price: 1_000_000, status: 'en_venta' }),
    ).join('\n'),
  );
  await command('dist/commands/import.js', database.name, [file]);
  const rows = await run(
    database,
    "select id from property where external_ref like 'probe:%' order by external_ref",
  );
  return rows.map((row) => Number(row['id']));
}

/** @param {Database} database */
async function freshness(database) {
  const probes = await addProbes(database);
  const service = await serve('dist/main.js', PORT, database.name);
  await pause(3_000);
  const people = Math.ceil(database.homes / 5);
  const measured = performance.now() + WARM_UP_SECONDS * 1_000;
  const end = measured + FRESHNESS_SECONDS * 1_000;
  const { integer } = random(Math.floor(Date.now() / 1_000));
  const like = (/** @type {number} */ home, /** @type {number} */ person) =>
    ask(PORT, {
      method: 'PUT',
      path: `/v1/properties/${home}/like`,
      headers: { authorization: `Bearer ${tokenOf(person)}` },
    });
  let sent = 0;
  const start = performance.now();
  const steady = (async () => {
    /** @type {Set<Promise<unknown>>} */
    const open = new Set();
    while (performance.now() < end) {
      const due = ((performance.now() - start) / 1_000) * LIKES_A_SECOND;
      for (; sent < due; sent++) {
        const request = like(integer(1, database.homes), integer(1, people));
        open.add(request);
        void request.finally(() => open.delete(request));
      }
      await pause(5);
    }
    await Promise.all(open);
  })();
  /** @type {number[]} */
  const delays = [];
  const lanes = probes.map(async (home, lane) => {
    for (let person = 1 + lane; performance.now() < end; person += 7) {
      const { status } = await like(home, person);
      if (status !== 201) continue;
      const answered = performance.now();
      const [row] = await run(
        database,
        'select count(*) as likes from property_likes where property_id = ?',
        [home],
      );
      for (;;) {
        const { body } = await ask(
          PORT,
          get(`/v1/ranking/properties?by=likes&window=1d&city=Sonda%20${lane}`),
        );
        if (JSON.parse(body).items[0]?.likes.total >= Number(row?.['likes'])) break;
        await pause(20);
      }
      if (answered > measured) delays.push(performance.now() - answered);
    }
  });
  await Promise.all([steady, ...lanes]);
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  console.log(
    `\n${Math.round(sent / (WARM_UP_SECONDS + FRESHNESS_SECONDS))} likes a second for ${FRESHNESS_SECONDS} s, ${delays.length} of them watched: visible in the ranking ` +
      `after ${at(0.5)} ms (median), ${at(0.99)} ms (99 %), ${at(1)} ms (the last).`,
  );
  await service.stop();
}

/** What an hour brings while nothing keeps the ranking, and how long the next process needs. @param {Database} database */
async function outage(database) {
  const [mark] = await run(
    database,
    'select (select max(id) from property_likes) as likes, (select max(id) from like_event) as facts',
  );
  const people = Math.ceil(database.homes / 5);
  const { integer } = random(7);
  const now = Date.now();
  const count = LIKES_A_SECOND * OUTAGE_SECONDS;
  const connection = await createConnection(database.login);
  for (let done = 0; done < count; done += 5_000) {
    const rows = Array.from({ length: 5_000 }, (_, i) => {
      const at = new Date(now - OUTAGE_SECONDS * 1_000 + ((done + i) / LIKES_A_SECOND) * 1_000);
      return [
        integer(1, database.homes),
        integer(1, people),
        at.toISOString().slice(0, 19).replace('T', ' '),
      ];
    });
    await connection.query('insert ignore into property_likes (property_id, user_id, created_at) values ?', [
      rows,
    ]);
  }
  await connection.query(
    "insert into like_event (property_id, user_id, action, at) select property_id, user_id, 'liked', created_at from property_likes where id > ? order by id",
    [mark?.['likes']],
  );
  await connection.end();
  const [last] = await run(database, 'select max(id) as id, count(*) as facts from like_event where id > ?', [
    mark?.['facts'],
  ]);
  const service = await serve('dist/main.js', PORT, database.name);
  const start = performance.now();
  for (;;) {
    const [state] = await run(database, 'select fact_id as id from ranking_state');
    if (Number(state?.['id']) >= Number(last?.['id'])) break;
    await pause(100);
  }
  const seconds = (performance.now() - start) / 1_000;
  console.log(
    `\nAn outage of an hour at ${LIKES_A_SECOND} likes a second, ${Number(last?.['facts']).toLocaleString('en')} facts: caught up with in ` +
      `${Math.round(seconds)} s, ${rounded(Number(last?.['facts']) / seconds)} facts a second.`,
  );
  await service.stop();
  // As it was, for the next time.
  await run(database, 'delete from property_likes where id > ?', [mark?.['likes']]);
  await run(database, 'delete from like_event where id > ?', [mark?.['facts']]);
  await command('dist/commands/rebuild.js', database.name);
}

/** @param {readonly Database[]} databases @param {{ rounds: number, seconds: number, only: RegExp }} options */
export async function measureRanking(databases, { rounds, seconds, only }) {
  const largest = /** @type {Database} */ (databases.at(-1));
  for (const database of databases) await precompute(database);
  if (only.test('sizes')) await sizes(databases, rounds, seconds);
  if (only.test('fresh')) await fresh(largest);
  if (only.test('freshness')) await freshness(largest);
  if (only.test('outage')) await outage(largest);
}
