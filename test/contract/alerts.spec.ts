// The rules of deploy/prometheus, each with series that fire it and series of a healthy service that do not.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { describeWith, PROMTOOL } from '../support/optional.js';

const FILES = ['alerts', 'security-alerts'].map((name) =>
  fileURLToPath(new URL(`../../deploy/prometheus/${name}.yaml`, import.meta.url)),
);

interface Rule {
  alert: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}
type Series = Record<string, string>;

const rules = FILES.flatMap((file) =>
  (load(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  ),
);

const requests = (status: string, values: string): Series => ({
  [`http_request_duration_seconds_count{route="/v1/properties",status="${status}"}`]: values,
});
const fast = (values: string): Series => ({
  'http_request_duration_seconds_bucket{route="/v1/properties",le="0.5"}': values,
  'http_request_duration_seconds_bucket{route="/v1/properties",le="1"}': '0+100x100',
  'http_request_duration_seconds_bucket{route="/v1/properties",le="+Inf"}': '0+100x100',
});
const event = (action: string, values: string, outcome = 'failure'): Series => ({
  [`security_events_total{action="${action}",outcome="${outcome}"}`]: values,
});
const gauge = (name: string, value: number): Series => ({ [`${name}{instance="a"}`]: `${value}x100` });
const INSTANCE = { instance: 'a' };

/** A value each 15 s. `labels` are those of the alert, beside its severity. */
const CASES: Record<string, { fires: Series; healthy: Series; labels?: Record<string, string> }> = {
  ServiceDown: {
    fires: { 'up{job="property-service",instance="a"}': '0x100' },
    healthy: { 'up{job="property-service",instance="a"}': '1x100' },
    labels: { ...INSTANCE, job: 'property-service' },
  },
  ServerErrors: {
    fires: { ...requests('200', '0+100x100'), ...requests('503', '0+1x100') },
    healthy: { ...requests('200', '0+100x100'), ...requests('404', '0+100x100') },
  },
  RequestsShed: {
    fires: { http_requests_shed_total: '0+9x100' },
    healthy: { http_requests_shed_total: '9x100' },
  },
  SlowRequests: { fires: fast('0+90x100'), healthy: fast('0+100x100') },
  ProcessAtItsLimit: {
    fires: gauge('nodejs_eventloop_lag_p99_seconds', 0.2),
    healthy: gauge('nodejs_eventloop_lag_p99_seconds', 0.02),
    labels: INSTANCE,
  },
  PoolExhausted: {
    fires: { 'database_pool_connections{state="waiting"}': '3x100' },
    healthy: { 'database_pool_connections{state="open"}': '10x100' },
  },
  WorkerMissing: {
    fires: { ...gauge('ranking_consumer_active', 0), ...gauge('catch_up_active', 1) },
    healthy: { ...gauge('ranking_consumer_active', 1), ...gauge('catch_up_active', 1) },
  },
  WorkerBehind: {
    fires: { 'background_lag_seconds{worker="ranking",instance="a"}': '0+15x100' },
    healthy: { 'background_lag_seconds{worker="ranking",instance="a"}': '0.5x100' },
    labels: { worker: 'ranking' },
  },
  WorkerStepFails: {
    fires: { 'background_step_failures_total{step="accounts: mails"}': '0+1x100' },
    healthy: { 'background_step_failures_total{step="accounts: mails"}': '9x100' },
    labels: { step: 'accounts: mails' },
  },
  RankingDrift: {
    fires: { ranking_drifted_homes_total: '0x10 2x100' },
    healthy: { ranking_drifted_homes_total: '2x100' },
  },
  ReplicaLeftOut: {
    fires: { 'database_replica_usable{replica="r"}': '0x100' },
    healthy: { 'database_replica_usable{replica="r"}': '1x100' },
    labels: { replica: 'r' },
  },
  CacheErrors: {
    fires: { 'cache_redis_errors_total{command="get"}': '0+1x100' },
    healthy: { 'cache_redis_errors_total{command="get"}': '7x100' },
  },
  MailsFail: {
    fires: { 'mails_total{outcome="failed"}': '0+1x100' },
    healthy: { 'mails_total{outcome="sent"}': '0+9x100' },
  },
  ManyRefusedByLimits: {
    fires: { ...requests('200', '0+100x100'), ...requests('429', '0+50x100') },
    healthy: { ...requests('200', '0+100x100'), ...requests('429', '0+5x100') },
  },
  MemoryHigh: {
    fires: gauge('process_resident_memory_bytes', 500e6),
    healthy: gauge('process_resident_memory_bytes', 200e6),
    labels: INSTANCE,
  },
  RefreshTokenReused: { fires: event('token-reuse', '0x80 1x20'), healthy: event('token-reuse', '1x100') },
  SignInsFail: {
    fires: { ...event('sign-in', '0+5x100'), ...event('sign-in', '0+1x100', 'success') },
    healthy: { ...event('sign-in', '0+5x100'), ...event('sign-in', '0+9x100', 'success') },
  },
  AccessDeniedOften: { fires: event('access-check', '0+10x100'), healthy: event('access-check', '0+2x100') },
  RateLimitHitOften: { fires: event('rate-limit', '0+20x100'), healthy: event('rate-limit', '0+2x100') },
  StaffExportsRise: {
    fires: event('staff-export', '0x80 12x20', 'success'),
    healthy: event('staff-export', '12x100', 'success'),
  },
};
/** Before the series end. */
const EVAL_TIME = '22m';

it('each rule has a case here', () => {
  expect(Object.keys(CASES)).toEqual(rules.map(({ alert }) => alert));
});

describeWith('promtool', 'promtool', () => {
  const promtool = (...args: string[]): [number | null, string] => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL!, args, { encoding: 'utf8' });
    return [status, stderr + stdout];
  };

  it('accepts the rules', () => {
    expect(promtool('check', 'rules', ...FILES)).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('fires each alert when it should, and not for a healthy service', () => {
    const tests = rules.flatMap(({ alert, labels, annotations }) => {
      const { fires, healthy, labels: own } = CASES[alert]!;
      const test = (series: Series, expected: object[]) => ({
        interval: '15s',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [{ eval_time: EVAL_TIME, alertname: alert, exp_alerts: expected }],
      });
      const expected = { exp_labels: { ...labels, ...own }, exp_annotations: annotations };
      return [test(fires, [expected]), test(healthy, [])];
    });
    const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
    const file = join(folder, 'tests.json');
    writeFileSync(file, JSON.stringify({ rule_files: FILES, evaluation_interval: '15s', tests }));
    const result = promtool('test', 'rules', file);
    rmSync(folder, { recursive: true });
    expect(result).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
