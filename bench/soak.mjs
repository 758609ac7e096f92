// `npm run bench -- --soak 20`: a mix of requests for some minutes. The memory of the process must stay flat.
import { readFileSync } from 'node:fs';
import { jobs } from './jobs.mjs';
import { writeSoak } from './results.mjs';
import { databasePid, load, serve, WITH_CACHE } from './servers.mjs';

const PORT = 8_188;
const MIX = /^(list|detail|page 1|top|common|radius|facets|like of a random)/;
const SECONDS_PER_SAMPLE = 5;

/** @param {number} pid @returns {number} resident megabytes */
function residentMb(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** @param {string} name of the database @param {number} properties @param {number} minutes */
export async function measureSoak(name, properties, minutes) {
  const service = await serve('dist/main.js', PORT, name, WITH_CACHE);
  const mix = jobs(properties, []).filter((job) => MIX.test(job.name));
  const samples = [{ minute: 0, mb: residentMb(service.pid) }];
  const pid = databasePid();
  let sent = 0;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 60_000;
  while (elapsed() < minutes) {
    const before = sent;
    const requestOf = (/** @type {number} */ n) => {
      sent++;
      const job = /** @type {typeof mix[number]} */ (mix[n % mix.length]);
      return job.requestsOf(before + n).service;
    };
    await load(service, requestOf, SECONDS_PER_SAMPLE, pid);
    samples.push({ minute: elapsed(), mb: residentMb(service.pid) });
  }
  await service.stop();
  writeSoak(samples, { properties, requests: sent });
}
