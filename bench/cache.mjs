// `npm run bench -- --cache`: the same hot requests with the cache, without it, and to the floor, in turns.
import { jobs } from './jobs.mjs';
import { databasePid, load, median, rounded, send, serve } from './servers.mjs';

const PORTS = { cached: 8_190, uncached: 8_193, floor: 8_191 };
/** Distinct requests of each job. */
const HOT_REQUESTS = 50;
const HOT_JOBS = /^(list|detail|page 1|radius|facets)/;
const MEMORY_MB = '32';

/**
 * Prints a row for each job.
 * @param {string} database its name @param {number} propertyCount
 * @param {{ rounds: number, seconds: number, only: RegExp }} options
 */
export async function measureCache(database, propertyCount, { rounds, seconds, only }) {
  const servers = {
    cached: await serve('dist/main.js', PORTS.cached, database, { CACHE_MAX_MB: MEMORY_MB }),
    uncached: await serve('dist/main.js', PORTS.uncached, database),
    floor: await serve('bench/floor.mjs', PORTS.floor, database),
  };
  const pid = databasePid();
  console.log(
    `${HOT_REQUESTS} distinct requests a job. CPU: milliseconds a request, Node.js + database.\n\n` +
      '| hot requests | cached req/s | uncached req/s | floor req/s | of uncached | of floor | CPU cached | CPU uncached | CPU floor |\n' +
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  );
  for (const job of jobs(propertyCount, [])) {
    if (!HOT_JOBS.test(job.name) || !only.test(job.name)) continue;
    const hot = await hotRequests(job);
    /** @type {Record<keyof typeof servers, Awaited<ReturnType<typeof load>>[]>} */
    const results = { cached: [], uncached: [], floor: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const side of /** @type {(keyof typeof servers)[]} */ (Object.keys(servers))) {
        const kind = side === 'floor' ? 'floor' : 'service';
        const requestOf = (/** @type {number} */ n) =>
          /** @type {import('./jobs.mjs').RequestPair} */ (hot[n % HOT_REQUESTS])[kind];
        const result = await load(servers[side], requestOf, seconds, pid);
        // Round 0 warms up, compilers too.
        if (round > 0) results[side].push(result);
      }
    }
    const rate = (/** @type {keyof typeof servers} */ side) => median(results[side].map((one) => one.rate));
    const times = (/** @type {keyof typeof servers} */ side) =>
      `${median(results.cached.map((one, i) => one.rate / (results[side][i]?.rate ?? Number.NaN))).toFixed(1)} times`;
    const cpu = (/** @type {keyof typeof servers} */ side) =>
      ['cpu', 'database']
        .map((part) =>
          rounded(median(results[side].map((one) => one[/** @type {'cpu' | 'database'} */ (part)]))),
        )
        .join(' + ');
    console.log(
      `| ${job.name} | ${rounded(rate('cached'))} | ${rounded(rate('uncached'))} | ${rounded(rate('floor'))} | ` +
        `${times('uncached')} | ${times('floor')} | ${cpu('cached')} | ${cpu('uncached')} | ${cpu('floor')} |`,
    );
  }
  for (const server of Object.values(servers)) await server.stop();
}

/** The first requests of the job whose answer is a 200: only these are kept. @param {import('./jobs.mjs').Job} job */
async function hotRequests(job) {
  const hot = [];
  for (let n = 0; hot.length < HOT_REQUESTS; n++) {
    const pair = job.requestsOf(n);
    if ((await send(PORTS.cached, pair.service)).status === 200) hot.push(pair);
  }
  return hot;
}
