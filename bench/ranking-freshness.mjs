// How soon a like shows in the ranking, while likes arrive at a steady rate.
import { mkdirSync, writeFileSync } from 'node:fs';
import { userCountOf } from './generate.mjs';
import { tokenOf } from './jobs.mjs';
import { random } from './properties.mjs';
import { LIKES_PER_SECOND, pause, run, SERVICE_PORT, staffGet } from './ranking-access.mjs';
import { rounded, runCommand, send, serve } from './servers.mjs';

/** @typedef {import('./ranking-access.mjs').Database} Database */

const MEASURED_SECONDS = 60;
/** The first seconds read the indexes into memory. */
const WARM_UP_SECONDS = 15;
const PROBE_COUNT = 4;
const STEP_MS = 5;
const POLL_MS = 20;

/** Imports properties, each in a city of its own. @param {Database} database @returns their ids */
async function addProbes(database) {
  mkdirSync('.local', { recursive: true });
  const file = '.local/bench-probes.ndjson';
  writeFileSync(
    file,
    Array.from({ length: PROBE_COUNT }, (_, i) =>
      JSON.stringify({ externalRef: `probe:${i}`, city: `Sonda ${i}`, price: 1_000_000, status: 'en_venta' }),
    ).join('\n'),
  );
  await runCommand('dist/commands/import.js', database.name, [file]);
  const rows = await run(
    database,
    "select id from property where external_ref like 'probe:%' order by external_ref",
  );
  return rows.map((row) => Number(row['id']));
}

const like = (/** @type {number} */ propertyId, /** @type {number} */ userId) =>
  send(SERVICE_PORT, {
    method: 'PUT',
    path: `/v1/properties/${propertyId}/like`,
    headers: { authorization: `Bearer ${tokenOf(userId)}` },
  });

/**
 * Sends random likes at a steady rate, however long the answers take.
 * @param {number} propertyCount @param {number} endMs @returns how many it sent
 */
async function sendLikes(propertyCount, endMs) {
  const userCount = userCountOf(propertyCount);
  const { integer } = random(Math.floor(Date.now() / 1_000));
  /** @type {Set<Promise<unknown>>} */
  const inFlight = new Set();
  const startMs = performance.now();
  let sent = 0;
  while (performance.now() < endMs) {
    const due = ((performance.now() - startMs) / 1_000) * LIKES_PER_SECOND;
    for (; sent < due; sent++) {
      const request = like(integer(1, propertyCount), integer(1, userCount));
      inFlight.add(request);
      void request.finally(() => inFlight.delete(request));
    }
    await pause(STEP_MS);
  }
  await Promise.all(inFlight);
  return sent;
}

/**
 * Likes a probe again and again, and waits each time until the ranking of its city has the like.
 * @param {Database} database @param {number} probeId @param {number} lane the number of its city
 * @param {{ startMs: number, endMs: number }} measured
 * @returns milliseconds from the answer of each like to the first ranking that has it
 */
async function watchProbe(database, probeId, lane, { startMs, endMs }) {
  const delays = [];
  for (let userId = 1 + lane; performance.now() < endMs; userId += 7) {
    const { status } = await like(probeId, userId);
    if (status !== 201) continue;
    const answeredMs = performance.now();
    const [row] = await run(database, 'select count(*) as likes from property_likes where property_id = ?', [
      probeId,
    ]);
    for (;;) {
      const path = `/v1/ranking/properties?by=likes&window=1d&city=Sonda%20${lane}`;
      const { body } = await send(SERVICE_PORT, staffGet(path));
      if (JSON.parse(body).items[0]?.likes.total >= Number(row?.['likes'])) break;
      await pause(POLL_MS);
    }
    if (answeredMs > startMs) delays.push(performance.now() - answeredMs);
  }
  return delays;
}

/** @param {Database} database */
export async function measureFreshness(database) {
  const probeIds = await addProbes(database);
  const service = await serve('dist/main.js', SERVICE_PORT, database.name);
  await pause(3_000);
  const startMs = performance.now() + WARM_UP_SECONDS * 1_000;
  const endMs = startMs + MEASURED_SECONDS * 1_000;
  const [sent, ...delays] = await Promise.all([
    sendLikes(database.propertyCount, endMs),
    ...probeIds.map((id, lane) => watchProbe(database, id, lane, { startMs, endMs })),
  ]);
  const sorted = delays.flat().toSorted((a, b) => a - b);
  const percentile = (/** @type {number} */ share) =>
    rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  const rate = Math.round(sent / (WARM_UP_SECONDS + MEASURED_SECONDS));
  console.log(
    `\n${rate} likes a second for ${MEASURED_SECONDS} s, ${sorted.length} of them watched: visible in the ranking ` +
      `after ${percentile(0.5)} ms (median), ${percentile(0.99)} ms (99 %), ${percentile(1)} ms (longest).`,
  );
  await service.stop();
}
