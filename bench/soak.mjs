// `npm run bench -- --soak 120`: a mixed load for some minutes. Memory, open files and connections must stay flat, a like must show in
// the ranking within 2 s, and at the end the derived tables must agree with the stored likes, prices and statuses.
import { readdirSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { jobs } from './jobs.mjs';
import { pause } from './ranking-access.mjs';
import { residentMb, send, serve, WITH_CACHE } from './servers.mjs';
import { agreement } from './soak-agreement.mjs';
import { writeSoak } from './soak-results.mjs';
import { Writers } from './soak-writers.mjs';

const PORT = 8_188;
const MIX = /^(list|detail|page 1|top|radius|like of a random)/;
/** Each takes the time of many others: one of ten requests. */
const DEMANDING_MIX = /^(common|rare|facets|clusters|statistics)/;
const REQUESTS_PER_SECOND = 25;
/** More requests at a time are not sent: they are counted as failures. */
const MAX_IN_FLIGHT = 64;
const SECONDS_PER_SAMPLE = 10;
/** The legacy sync reads the changes of the last 120 s again: after that, nothing is left to read. */
const SETTLE_SECONDS = 130;

/**
 * @typedef {object} Sample
 * @property {number} minute since the start
 * @property {number} mb resident megabytes of the service
 * @property {number} files open in the service: sockets too
 * @property {number} connections of the service to the database
 * @property {number} freshMs the longest time from a like to the ranking that shows it, since the last sample
 */

/**
 * Sends requests at a steady rate, however long the answers take.
 * @param {ReturnType<typeof jobs>} all @param {() => boolean} isRunning
 * @returns how many were sent, and the answers that are no success by status
 */
async function sendMix(all, isRunning) {
  const [mix, demanding] = [MIX, DEMANDING_MIX].map((names) => all.filter((job) => names.test(job.name)));
  const start = performance.now();
  /** @type {Record<string, number>} */
  const failures = {};
  const fail = (/** @type {string} */ why) => (failures[why] = (failures[why] ?? 0) + 1);
  let [sent, inFlight] = [0, 0];
  while (isRunning()) {
    for (const due = ((performance.now() - start) / 1_000) * REQUESTS_PER_SECOND; sent < due; sent++) {
      const [from, n] = sent % 10 === 9 ? [demanding, (sent - 9) / 10] : [mix, sent];
      const job = /** @type {typeof all[number]} */ (from?.[n % from.length]);
      if (inFlight === MAX_IN_FLIGHT) fail(`${job.name}: not sent`);
      else {
        inFlight++;
        send(PORT, job.requestsOf(sent).service, 70)
          // Some ids are of hidden properties.
          .then(
            ({ status }) => [200, 201, 404].includes(status) || fail(`${job.name}: ${status}`),
            (error) => fail(String(error)),
          )
          .finally(() => inFlight--);
      }
    }
    await pause(20);
  }
  return { sent, failures };
}

/** @param {import('mysql2/promise').ConnectionOptions} server @param {string} name of the database @param {number} properties @param {number} minutes */
export async function measureSoak(server, name, properties, minutes) {
  const login = { ...server, database: name, dateStrings: true };
  const service = await serve('dist/main.js', PORT, name, { ...WITH_CACHE, LOG_LEVEL: 'warn' });
  const connection = await createConnection(login);
  // It answers when the columns are in memory.
  while ((await send(PORT, '/v1/properties/statistics')).status !== 200) await pause(1_000);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 60_000;
  const isRunning = () => elapsed() < minutes;
  const writers = new Writers({ port: PORT, login, properties, isRunning });
  /** @returns {Promise<Sample>} */
  const sample = async () => {
    const [[row]] = /** @type {[{ n: number }[], unknown]} */ (
      /** @type {unknown} */ (
        await connection.query('select count(*) as n from information_schema.processlist where db = ?', [
          name,
        ])
      )
    );
    return {
      minute: elapsed(),
      mb: residentMb(service.pid),
      files: readdirSync(`/proc/${service.pid}/fd`).length,
      connections: Number(row?.n) - writers.connections - 1,
      freshMs: writers.takeLongestDelay(),
    };
  };
  const samples = [];
  const load = Promise.all([sendMix(jobs(properties, []), isRunning), writers.run()]);
  while (isRunning()) {
    await pause(SECONDS_PER_SAMPLE * 1_000);
    samples.push(await sample());
    const { minute, mb, files, connections, freshMs } = /** @type {Sample} */ (samples.at(-1));
    if (samples.length % 30 === 1)
      console.error(
        `minute ${minute.toFixed(0)}: ${mb.toFixed(0)} MB, ${files} files, ${connections} connections, ${freshMs.toFixed(0)} ms`,
      );
  }
  const [{ sent, failures }] = await load;
  const seconds = Math.round((performance.now() - start) / 1_000);
  await pause(SETTLE_SECONDS * 1_000);
  const differences = await agreement(connection, writers.unliked);
  await connection.end();
  await service.stop();
  writeSoak(samples, { properties, seconds, requests: sent, failures, differences, ...writers.report() });
}
