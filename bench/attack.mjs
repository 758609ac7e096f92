// `npm run bench -- --attack 60`: ordinary callers alone, then beside one address that counts facets 28 at a time, in turns.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { jobs, searchKey } from './jobs.mjs';
import { random, VOCABULARY } from './properties.mjs';
import { rounded, send, serve, WITH_CACHE } from './servers.mjs';

const PORT = 8_187;
const CALLERS = 60;
const ATTACKS_AT_A_TIME = 28;
/** Time between two requests of a caller: 60 requests a minute, within the limit with their costs. */
const PAUSE_MS = 1_000;
const TURNS = 2;
const MIX = /^(list|detail|page 1|common|rare|radius|facets)/;

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {string} path @param {string} address */
const from = (path, address) => ({ method: 'GET', path, headers: { 'x-forwarded-for': address } });

/** Searches of one caller: cheap ones, and each tenth by relevance. @param {ReturnType<typeof jobs>} mix @param {number} n */
function ordinary(mix, n) {
  if (n % 10 === 9) {
    const word = VOCABULARY[random(n).integer(0, VOCABULARY.length - 1)] ?? '';
    return `/v1/properties?sort=relevance&q=${searchKey(word)}`;
  }
  return /** @type {string} */ (mix[n % mix.length]?.requestsOf(n).service);
}

/** @param {string[]} words @param {number} seconds @returns {Promise<Record<number, number>>} answers by status */
async function sendAttack(words, seconds) {
  const end = performance.now() + seconds * 1_000;
  /** @type {Record<number, number>} */
  const statuses = {};
  const loop = async () => {
    while (performance.now() < end) {
      const word = words[Math.floor(Math.random() * words.length)];
      const { status } = await send(
        PORT,
        from(`/v1/properties/facets?q=${word}`, '192.0.2.66'),
        ATTACKS_AT_A_TIME,
      );
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: ATTACKS_AT_A_TIME }, loop));
  return statuses;
}

/** @param {ReturnType<typeof jobs>} mix @param {number} seconds @param {number} seed */
async function callers(mix, seconds, seed) {
  /** @type {number[]} */
  const times = [];
  let failed = 0;
  const end = performance.now() + seconds * 1_000;
  const caller = async (/** @type {number} */ c) => {
    await pause((PAUSE_MS * c) / CALLERS);
    for (let n = seed + c * 1_000; performance.now() < end; n++) {
      const start = performance.now();
      const { status } = await send(PORT, from(ordinary(mix, n), `198.51.100.${c}`), CALLERS);
      times.push(performance.now() - start);
      if (status !== 200 && status !== 404) failed++;
      await pause(Math.max(0, PAUSE_MS - (performance.now() - start)));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, c) => caller(c)));
  return { times, failed };
}

/** @param {string} name of the database @param {number} properties @param {number} seconds of each phase */
export async function measureAttack(name, properties, seconds) {
  const settings = { ...WITH_CACHE, RATE_LIMIT_PER_MINUTE: '600', TRUSTED_PROXIES: 'loopback' };
  const service = await serve('dist/main.js', PORT, name, settings);
  const mix = jobs(properties, []).filter((job) => MIX.test(job.name));
  await callers(mix, seconds / 4, 900_000);
  /** @type {Record<string, { times: number[], failed: number }>} */
  const phases = { alone: { times: [], failed: 0 }, attacked: { times: [], failed: 0 } };
  for (let turn = 0; turn < TURNS; turn++)
    for (const [phase, all] of Object.entries(phases)) {
      const attack = phase === 'attacked' && once(fork(import.meta.filename, [String(seconds)]), 'exit');
      const { times, failed } = await callers(mix, seconds, turn * 100_000);
      all.times.push(...times);
      all.failed += failed;
      await attack;
    }
  await service.stop();
  console.log(
    '| ordinary callers | requests | p50 ms | p99 ms | failed |\n| --- | ---: | ---: | ---: | ---: |',
  );
  for (const [phase, { times, failed }] of Object.entries(phases)) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (/** @type {number} */ part) =>
      rounded(sorted[Math.floor(sorted.length * part)] ?? Number.NaN);
    console.log(`| ${phase} | ${sorted.length} | ${at(0.5)} | ${at(0.99)} | ${failed} |`);
  }
}

// The attacker is a process of its own, so its requests do not delay those of the callers.
if (process.argv[1] === import.meta.filename) {
  const statuses = await sendAttack(VOCABULARY.map(searchKey), Number(process.argv[2]));
  console.log(`answers to the attacker by status: ${JSON.stringify(statuses)}`);
  process.exit(0);
}
