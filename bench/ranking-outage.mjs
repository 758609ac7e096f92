// How fast the ranking worker reads the like events of an hour in which no worker ran.
import { createConnection } from 'mysql2/promise';
import { userCountOf } from './generate.mjs';
import { random } from './properties.mjs';
import { LIKES_PER_SECOND, pause, run, SERVICE_PORT } from './ranking-access.mjs';
import { rounded, runCommand, serve } from './servers.mjs';

/** @typedef {import('./ranking-access.mjs').Database} Database */

const OUTAGE_SECONDS = 3_600;
const ROWS_PER_BATCH = 5_000;
const POLL_MS = 100;

/** Inserts an hour of likes and their like events. @param {Database} database @param {number} lastLikeId before them */
async function insertLikes(database, lastLikeId) {
  const userCount = userCountOf(database.propertyCount);
  const { integer } = random(7);
  const startMs = Date.now() - OUTAGE_SECONDS * 1_000;
  const connection = await createConnection(database.login);
  for (let done = 0; done < LIKES_PER_SECOND * OUTAGE_SECONDS; done += ROWS_PER_BATCH) {
    const rows = Array.from({ length: ROWS_PER_BATCH }, (_, i) => {
      const at = new Date(startMs + ((done + i) / LIKES_PER_SECOND) * 1_000);
      return [
        integer(1, database.propertyCount),
        integer(1, userCount),
        at.toISOString().slice(0, 19).replace('T', ' '),
      ];
    });
    await connection.query('insert ignore into property_likes (property_id, user_id, created_at) values ?', [
      rows,
    ]);
  }
  await connection.query(
    "insert into like_event (property_id, user_id, action, at) select property_id, user_id, 'liked', created_at from property_likes where id > ? order by id",
    [lastLikeId],
  );
  await connection.end();
}

/** @param {Database} database */
export async function measureOutage(database) {
  const [before] = await run(
    database,
    'select (select max(id) from property_likes) as likes, (select max(id) from like_event) as events',
  );
  await insertLikes(database, before?.['likes']);
  const [added] = await run(
    database,
    'select max(id) as id, count(*) as events from like_event where id > ?',
    [before?.['events']],
  );
  const service = await serve('dist/main.js', SERVICE_PORT, database.name);
  const startMs = performance.now();
  for (;;) {
    const [checkpoint] = await run(database, 'select fact_id as id from ranking_state');
    if (Number(checkpoint?.['id']) >= Number(added?.['id'])) break;
    await pause(POLL_MS);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const events = Number(added?.['events']);
  console.log(
    `\nAn hour without a worker at ${LIKES_PER_SECOND} likes a second: ${events.toLocaleString('en')} like events, read in ` +
      `${Math.round(seconds)} s, ${rounded(events / seconds)} a second.`,
  );
  await service.stop();
  // The next run finds the database as this one did.
  await run(database, 'delete from property_likes where id > ?', [before?.['likes']]);
  await run(database, 'delete from like_event where id > ?', [before?.['events']]);
  await runCommand('dist/commands/rebuild.js', database.name);
}
