// `npm run bench -- --idle`: what the service costs at rest on an adopted database. It fills a database as an older program would,
// migrates it, gives all properties the same time of change, and measures the CPU of service and database while nobody asks and
// nothing changes.
import { createConnection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillLegacyDatabase } from './adoption.mjs';
import { cpuSecondsOf, databasePid, runCommand, serve } from './servers.mjs';

const PORT = 8_193;
/** Likes of one property. */
const VIRAL_LIKES = 50_000;
const LIKES_PER_PROPERTY = 5;
const MEASURE_SECONDS = 60;
/** The legacy sync reads the changes of the last 120 s again; after that, nothing of the migration is left to read. */
const SETTLE_SECONDS = 150;
const POLL_MS = 1_000;

/** Selects from the numbers n, from 1. `like_${k}` gives each property a like; the last ones go to the viral property. @param {number} count */
function likes(count) {
  const likeOf = (/** @type {number} */ k) => `1 + (n * ${2 * k + 1} + ${k * 7_919}) % ${count}`;
  return Array.from(
    { length: LIKES_PER_PROPERTY },
    (_, k) => `insert into property_likes (property_id, user_id, created_at)
      select ${k === 0 ? `if(n <= ${VIRAL_LIKES}, 1, n)` : 'n'}, ${likeOf(k)}, date_sub('2026-06-01', interval (n * ${k + 1}) % 700 day)`,
  );
}

/** @typedef {{ properties: number, likes: number, events: number }} Swept how far the sweep has come: ids */

/** @param {import('mysql2/promise').Connection} connection @param {string} statement */
async function row(connection, statement) {
  const [[first]] = /** @type {[Record<string, number | null>[], unknown]} */ (
    /** @type {unknown} */ (await connection.query(statement))
  );
  return first ?? {};
}

/** @param {import('mysql2/promise').ConnectionOptions} server @param {number} count of properties */
export async function measureIdle(server, count) {
  const name = `${process.env.DATABASE_NAME}_test_bench_idle`;
  const login = { ...server, database: name };
  await fillLegacyDatabase(server, name, count, likes(count));
  console.error(`${count} properties with ${LIKES_PER_PROPERTY * count} likes are stored`);
  await runCommand('dist/commands/migrate.js', name);
  console.error('migrated');

  const connection = await createConnection(login);
  // As after a restored dump: all properties were changed in the same moment, a short time ago.
  await connection.query('set timestamp = unix_timestamp()');
  await connection.query('update property set updated_at = current_timestamp(3)');
  await connection.query(
    'update property_search s join property p on p.id = s.property_id set s.seen_at = p.updated_at',
  );
  const database = Number(databasePid());
  const service = await serve('dist/main.js', PORT, name);
  /** @param {string} title */
  const measure = async (title) => {
    const cpu = () => ({ service: cpuSecondsOf(service.pid), database: cpuSecondsOf(database) });
    const [before, start] = [cpu(), performance.now()];
    await sleep(MEASURE_SECONDS * 1_000);
    const [after, seconds] = [cpu(), (performance.now() - start) / 1_000];
    const cores = (/** @type {'service' | 'database'} */ side) =>
      ((after[side] - before[side]) / seconds).toFixed(4);
    console.log(`| ${title} | ${cores('service')} | ${cores('database')} |`);
  };
  console.log(
    `${count.toLocaleString('en')} properties, ${(LIKES_PER_PROPERTY * count).toLocaleString('en')} likes, ` +
      `${VIRAL_LIKES.toLocaleString('en')} of them of one property; means of ${MEASURE_SECONDS} s.\n\n` +
      '| at rest | service, cores | database, cores |\n| --- | ---: | ---: |',
  );
  const start = performance.now();
  while ((await row(connection, 'select rebuilt_to as at from ranking_state')).at !== null)
    await sleep(POLL_MS);
  const ranked = Math.round((performance.now() - start) / 1_000);
  await measure(`after the ranking was computed (${ranked} s after the start)`);
  await sleep(SETTLE_SECONDS * 1_000);
  const [first, sweptSince] = [await row(connection, 'select * from catch_up_state'), performance.now()];
  await measure(`${SETTLE_SECONDS} s later`);
  const last = await row(connection, 'select * from catch_up_state');
  const seconds = (performance.now() - sweptSince) / 1_000;
  const rounds = Object.entries({
    swept_to: count,
    swept_like_id: LIKES_PER_PROPERTY * count,
    swept_event_id: LIKES_PER_PROPERTY * count,
  }).map(([column, rows]) => {
    const perSecond = (Number(last[column] ?? 0) - Number(first[column] ?? 0)) / seconds;
    return `${column}: ${perSecond.toFixed(1)} ids a second, ${(rows / perSecond / 3_600).toFixed(1)} hours`;
  });
  console.log(`\nA full round of the sweep:\n${rounds.join('\n')}`);
  await service.stop();
  await connection.query(`drop database ${name}`);
  await connection.end();
}
