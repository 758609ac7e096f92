// `npm run bench -- --overload 10`: offers half to three times what the service can do, with its load shedding and without it, in turns.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { jobs } from './jobs.mjs';
import { writeOverload } from './overload-results.mjs';
import { load, residentMb, rounded, serve } from './servers.mjs';

const PORTS = { with: 8_185, without: 8_186 };
const SCRIPTS = { with: 'dist/main.js', without: 'bench/without-shedding.mjs' };
const MIX = /^(list|detail|page 1|top|common|like of a random)/;
const REQUESTS = 5_000;
const FACTORS = [0.5, 1, 1.5, 2, 3];
const CAPACITY_SECONDS = 3;
const REST_SECONDS = 8;
/** A later answer is of no use. */
const USEFUL_MS = 1_000;
/** Requests of a service that has recovered are answered in this time. */
const RECOVERED_MS = 250;
const PROBE_MS = 250;

/**
 * @typedef {import('./open-loop.mjs').Answered} Answered
 * @typedef {keyof typeof PORTS} Side
 * @typedef {object} Phase
 * @property {Side} side @property {number} factor @property {number} capacity requests a second, measured just before
 * @property {number} good useful answers a second
 * @property {number} p50 of accepted requests, in ms @property {number} p99
 * @property {number} refused share of the requests @property {number} refusal50 p50 of refusals, in ms @property {number} refusal p99 of refusals, in ms
 * @property {number} probe longest time of a health probe, in ms @property {number} failedProbes
 * @property {number} recovery seconds from the end of the load @property {number} mb highest resident memory
 */

/** @param {import('./jobs.mjs').BenchRequest} request */
function bytesOf(request) {
  const { method, path, headers } =
    typeof request === 'string' ? { method: 'GET', path: request, headers: {} } : request;
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** @param {number[]} values @param {number} part */
const quantile = (values, part) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;

const isAccepted = (/** @type {Answered} */ { status }) => status === 404 || (status >= 200 && status < 300);

/** Probes the health and reads the memory until `end`. @param {number} port @param {number} pid @param {Promise<unknown>} end */
async function watch(port, pid, end) {
  const running = new AbortController();
  void end.then(() => running.abort());
  const seen = { probe: 0, failedProbes: 0, mb: 0 };
  while (!running.signal.aborted) {
    const start = performance.now();
    const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    seen.probe = Math.max(seen.probe, performance.now() - start);
    if (!isReady) seen.failedProbes++;
    seen.mb = Math.max(seen.mb, residentMb(pid));
    await pause(PROBE_MS);
  }
  return seen;
}

/**
 * Offers requests at a rate, and then at half of the capacity.
 * @param {Side} side @param {number} pid @param {string[]} requests @param {number} factor @param {number} capacity @param {number} seconds
 * @returns {Promise<Phase>}
 */
async function measure(side, pid, requests, factor, capacity, seconds) {
  const client = fork(new URL('open-loop.mjs', import.meta.url));
  const steps = [
    { rate: factor * capacity, seconds },
    { rate: capacity / 2, seconds: REST_SECONDS },
  ];
  client.send({ port: PORTS[side], requests, steps });
  const answered = once(client, 'message');
  const seen = await watch(PORTS[side], pid, answered);
  const [answers] = /** @type {[Answered[]]} */ (await answered);
  client.kill();
  const ofLoad = answers.filter(({ at }) => at < seconds * 1_000);
  const accepted = ofLoad.filter(isAccepted).map(({ ms }) => ms);
  const refusals = ofLoad.filter((answer) => !isAccepted(answer)).map(({ ms }) => ms);
  const late = answers.filter(
    (answer) => answer.at >= seconds * 1_000 && !(isAccepted(answer) && answer.ms < RECOVERED_MS),
  );
  return {
    side,
    factor,
    capacity,
    good: accepted.filter((ms) => ms <= USEFUL_MS).length / seconds,
    p50: quantile(accepted, 0.5),
    p99: quantile(accepted, 0.99),
    refused: refusals.length / ofLoad.length,
    refusal50: quantile(refusals, 0.5),
    refusal: quantile(refusals, 0.99),
    ...seen,
    recovery: Math.max(0, ...late.map(({ at }) => at / 1_000 - seconds)),
  };
}

/** @param {string} name of the database @param {number} properties @param {number} seconds of each load */
export async function measureOverload(name, properties, seconds) {
  const mix = jobs(properties, []).filter((job) => MIX.test(job.name));
  const requestOf = (/** @type {number} */ n) =>
    /** @type {typeof mix[number]} */ (mix[n % mix.length]).requestsOf(n).service;
  const servers = {
    with: await serve(SCRIPTS.with, PORTS.with, name),
    without: await serve(SCRIPTS.without, PORTS.without, name),
  };
  let first = 0;
  const rateOf = async (/** @type {Side} */ side) =>
    (await load(servers[side], (n) => requestOf(n + first), CAPACITY_SECONDS, undefined)).rate;
  const sides = /** @type {Side[]} */ (['with', 'without']);
  for (const side of sides) await rateOf(side);
  const phases = [];
  for (const factor of FACTORS) {
    first += 100_000;
    const requests = Array.from({ length: REQUESTS }, (_, n) => bytesOf(requestOf(first + 50_000 + n)));
    // Measured again each time: the machine may have other work.
    const capacity = Math.max(await rateOf('with'), await rateOf('without'));
    for (const side of sides) {
      phases.push(await measure(side, servers[side].pid, requests, factor, capacity, seconds));
      console.error(`measured: ${factor} times the capacity ${side} load shedding`);
    }
  }
  for (const server of Object.values(servers)) await server.stop();
  console.log(
    `Loads of ${seconds} s, then half of the capacity.\n\n` +
      '| offered | load shedding | capacity/s | useful/s | accepted p50, p99 ms | refused | refusal p50, p99 ms | probe ms (failed) | recovered after s | MB |\n' +
      '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  );
  for (const {
    side,
    factor,
    capacity,
    good,
    p50,
    p99,
    refused,
    refusal50,
    refusal,
    probe,
    failedProbes,
    recovery,
    mb,
  } of phases)
    console.log(
      `| ${factor} | ${side} | ${rounded(capacity)} | ${rounded(good)} | ${rounded(p50)}, ${rounded(p99)} | ${Math.round(refused * 100)} % | ${rounded(refusal50)}, ${rounded(refusal)} | ` +
        `${rounded(probe)} (${failedProbes}) | ${rounded(recovery)} | ${rounded(mb)} |`,
    );
  writeOverload(phases);
}
