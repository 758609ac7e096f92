// PATH=$PATH:/folder/of/prometheus node scripts/on-database.mjs --throw-away scripts/checks/alerts.mjs [ALERT…]
// Starts the built service and a real Prometheus with the rules of deploy/prometheus, causes what each rule is about, and waits until
// the alert fires. The times of the rules are shortened (a minute is a second), and limits that need a large or a long load are lowered.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { API, CONDITIONS, unlock, URL_OF_API } from './alert-conditions.mjs';

const ROOT = join(import.meta.dirname, '../..');
// The self-check of the ranking runs once a minute.
const MAX_WAIT_MS = 120_000;
const [METRICS, PROMETHEUS] = [18_002, 18_003];
/** Thresholds of the rules that the conditions here do not reach. */
const LOWERED = [
  ['background_lag_seconds) > 60', 'background_lag_seconds) > 6'],
  ['process_resident_memory_bytes > 450e6', 'process_resident_memory_bytes > 100e6'],
];

const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
/** @type {(() => unknown)[]} */
const cleanups = [() => rmSync(folder, { recursive: true, force: true })];
process.on('exit', () => {
  for (const cleanup of cleanups) cleanup();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function startPrometheus() {
  for (const name of ['alerts', 'security-alerts']) {
    let rules = readFileSync(join(ROOT, `deploy/prometheus/${name}.yaml`), 'utf8');
    for (const [from, to] of LOWERED) rules = rules.replace(from ?? '', to ?? '');
    // `for: 5m` is 5 s, and a window [5m] is 10 s: a rate needs two scrapes, and a window of 10 minutes or more is a minute.
    rules = rules
      .replaceAll(/for: (\d+)m/g, 'for: $1s')
      .replaceAll('[5m]', '[10s]')
      .replaceAll(/\[(10m|1h)\]/g, '[60s]');
    writeFileSync(join(folder, `${name}.yaml`), rules);
  }
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '900ms', evaluation_interval: '1s' },
    rule_files: ['alerts.yaml', 'security-alerts.yaml'],
    scrape_configs: [
      { job_name: 'property-service', static_configs: [{ targets: [`127.0.0.1:${METRICS}`] }] },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(config));
  const files = [`--config.file=${folder}/prometheus.yaml`, `--storage.tsdb.path=${folder}/data`];
  const child = spawn('prometheus', [...files, `--web.listen-address=127.0.0.1:${PROMETHEUS}`], {
    stdio: 'ignore',
  });
  cleanups.unshift(() => child.kill('SIGKILL'));
}

/** @param {Record<string, string>} env */
async function startService(env) {
  const child = spawn(process.execPath, [join(ROOT, 'dist/main.js')], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, ...SETTINGS, ...env },
  });
  cleanups.unshift(() => child.kill('SIGKILL'));
  for (;;) {
    const isUp = await fetch(`${URL_OF_API}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return child;
    await pause(100);
  }
}

/** @param {string} alert */
async function isFiring(alert) {
  const answer = await fetch(`http://127.0.0.1:${PROMETHEUS}/api/v1/alerts`).catch(() => null);
  const { data } = /** @type {{ data: { alerts: { state: string, labels: { alertname: string } }[] } }} */ (
    (await answer?.json()) ?? { data: { alerts: [] } }
  );
  return data.alerts.some(({ state, labels }) => state === 'firing' && labels.alertname === alert);
}

const SETTINGS = {
  PORT: String(API),
  METRICS_PORT: String(METRICS),
  JWT_SECRET: 'dGhlIGtleSBvZiB0aGlzIHNjcmlwdCBvbmx5IQ==',
  DEMO_DATA: 'true',
  LOG_LEVEL: 'silent',
  RATE_LIMIT_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_IN_PER_MINUTE: '0',
  RATE_LIMIT_REGISTER_PER_HOUR: '0',
};
/** @type {import('node:child_process').ChildProcess | undefined} */
let service;

const names = process.argv.slice(2);
const chosen = CONDITIONS.filter(
  ({ alerts }) => names.length === 0 || alerts.some((alert) => names.includes(alert)),
);
let failed = 0;
try {
  spawnSync(process.execPath, [join(ROOT, 'dist/commands/migrate-and-seed.js')], {
    env: { ...process.env, ...SETTINGS },
  });
  startPrometheus();
  for (const { alerts, env, before, cause, end } of chosen) {
    if (env || !service) {
      service?.kill('SIGKILL');
      await before?.();
      service = await startService(env ?? {});
    }
    const startedAt = performance.now();
    const missing = new Set(alerts);
    while (missing.size > 0 && performance.now() - startedAt < MAX_WAIT_MS) {
      await Promise.all([cause(service), pause(500)]);
      for (const alert of missing)
        if (await isFiring(alert)) {
          missing.delete(alert);
          console.log(`${alert} fires after ${Math.round((performance.now() - startedAt) / 1_000)} s`);
        }
    }
    await end?.(service);
    failed += missing.size;
    for (const alert of missing) console.log(`FAILED: ${alert} does not fire`);
  }
} finally {
  unlock();
}
console.log(`${chosen.flatMap(({ alerts }) => alerts).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
