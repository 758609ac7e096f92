// `npm run bench` in deploy/lambda: time from the start of a function's environment to its first answer, which has read the database.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, dropDatabase, SETTINGS } from './test/database.mjs';
import { LambdaEnvironment } from './test/environment.mjs';
import { eventOf } from './test/event.mjs';
import { median, rounded } from '../../bench/servers.mjs';

const RUNS = 10;
/** `/proc/PID/stat` counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const FOLDER = join(import.meta.dirname, '../../dist/lambda-package');
/** The first request of each service. */
const PATHS = {
  accounts: '/health/ready',
  properties: '/v1/properties?limit=20',
  likes: '/health/ready',
  ranking: '/health/ready',
};

/** @param {number} pid */
function cpuMsOf(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const [user, system] = readFileSync(path, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return ((Number(user) + Number(system)) * 1_000) / TICKS_PER_SECOND;
}

/** Time for which the main thread was ready to run and had no core, because of other programs. @param {number} pid */
function waitedMsOf(pid) {
  const path = `/proc/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1]) / 1e6 : Number.NaN;
}

const connection = await createDatabase();
try {
  console.log(
    '| function | init to first answer, ms | of it without a core, ms | CPU, ms | memory, MB |\n| --- | ---: | ---: | ---: | ---: |',
  );
  for (const [service, path] of Object.entries(PATHS)) {
    /** @type {[times: number[], waited: number[], cpu: number[], memory: number[]]} */
    const measured = [[], [], [], []];
    const [times, waited, cpu, memory] = measured;
    for (let run = 0; run < RUNS; run++) {
      const environment = await LambdaEnvironment.start(FOLDER, service, SETTINGS);
      const { statusCode } = await environment.invoke(eventOf(path));
      times.push(performance.now() - environment.startedAt);
      if (statusCode !== 200)
        throw new Error(`${service} answered with ${statusCode}: ${environment.output}`);
      const pid = /** @type {number} */ (environment.process.pid);
      waited.push(waitedMsOf(pid));
      cpu.push(cpuMsOf(pid));
      memory.push(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
      environment.process.kill('SIGTERM');
      await environment.ended;
    }
    console.log(`| ${[service, ...measured.map((list) => rounded(median(list)))].join(' | ')} |`);
  }
} finally {
  await dropDatabase(connection);
}
