import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { VERSION } from '../../src/config/version.js';
import { RankingWorker } from '../../src/ranking/worker/ranking-worker.js';
import { addUsers, PASSWORD, post } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, connect, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const RULES = 'deploy/prometheus/alerts.yaml';
const rules = (load(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

const log: string[] = [];
useApp({ settings: { redisUrl: 'redis://127.0.0.1:1' }, log: (line) => log.push(line) });

let metrics: string;

beforeAll(async () => {
  const id = await addProperty(database);
  await addUsers(database, ['rosalinda']);
  await ask(app, `/v1/properties/${id}?fields=id`);
  const login = await post(app, '/v1/auth/login', { username: 'rosalinda', password: PASSWORD });
  const headers = { authorization: `Bearer ${login.body.accessToken}` };
  await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
  await ask(app, '/v1/me', { headers });
  await post(app, '/v1/auth/login', { username: 'rosalinda', password: 'wrong-password' });
  await post(app, '/v1/auth/register', {
    username: 'esmeralda',
    email: 'esmeralda@example.com',
    password: PASSWORD,
  });
  await ask(app, '/v1/properties?q=Secretville');
  for (const path of ['/v1/users/rosalinda@example.com', '/v1/properties/esmeralda%40example.com/like'])
    await ask(app, path, { method: 'DELETE' });
  ({ text: metrics } = await ask(app, '/metrics'));
});

/** Made by Prometheus, or exported only with a replica. */
const NOT_HERE = new Set([
  'up',
  'database_replica_usable',
  'database_replica_lag_seconds',
  'database_replica_reads_total',
]);

/** The selectors of an expression: a metric, and the labels that it names. */
function selectorsOf(expression: string): { name: string; labels: string[] }[] {
  const found = expression.matchAll(/\b([a-z][a-z0-9]*_[a-z0-9_]+|up)\b(?!\s*\()(?:\{([^}]*)\})?/g);
  return [...found]
    .map(([, name, labels]) => ({
      name: name!,
      labels: [...(labels ?? '').matchAll(/(\w+)[=!]/g)].map(([, label]) => label!),
    }))
    .filter(({ name }) => name !== 'rate_interval');
}

describe('the alert rules and the dashboard', () => {
  it('use only metrics and labels that /metrics has', () => {
    const used = expressions.flatMap(selectorsOf).filter(({ name }) => !NOT_HERE.has(name));
    expect(used.length).toBeGreaterThan(30);
    const types = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const { name, labels } of used) {
      const isKnown = types.has(name) || types.has(name.replace(/_(bucket|count|sum)$/, ''));
      expect([name, isKnown]).toEqual([name, true]);
      const series = metrics.split('\n').filter((line) => line.startsWith(`${name}{`));
      for (const label of labels)
        if (series.length > 0)
          expect([name, label, series[0]]).toEqual([name, label, expect.stringContaining(`${label}="`)]);
    }
  });

  it('have a summary, a severity and a section in the runbook, and the runbook has no other', () => {
    for (const { alert, labels, annotations } of rules)
      expect([alert, /^(page|ticket)$/.test(labels.severity), annotations.summary.length > 10]).toEqual([
        alert,
        true,
        true,
      ]);
    const sections = [
      ...read('docs/runbook.md').matchAll(
        /^## (\w+)\n\n- \*\*It means\*\*: .+?\n- \*\*Do\*\*: .+?\n- \*\*To cause it\*\*: /gms,
      ),
    ];
    expect(sections.map(([, name]) => name)).toEqual(rules.map(({ alert }) => alert));
  });
});

describe('the lag of a worker', () => {
  const lagOf = async (worker: string): Promise<number> => {
    const { text } = await ask(app, '/metrics');
    return Number(new RegExp(`^background_lag_seconds{worker="${worker}"} (.+)$`, 'm').exec(text)?.[1]);
  };

  it('rises while its work waits, also when its step fails, and falls when the work is done', async () => {
    const other = await connect();
    const worker = app.get(RankingWorker);
    expect(await lagOf('ranking')).toBeNaN();
    worker.start();
    await until(async () => (await lagOf('ranking')) < 3);
    await other.run('start transaction');
    await other.run('select * from ranking_state for update');
    await until(async () => (await lagOf('ranking')) > 4);
    await other.run('rollback');
    await until(async () => (await lagOf('ranking')) < 3);
    await worker.stop();
  });
});

describe('the log', () => {
  it('has the version in each line, and the kind of the caller and of its token in the line of a request', () => {
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ version }) => version !== VERSION)).toEqual([]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        method: 'GET',
        route: '/v1/me',
        status: 200,
        callerKind: 'user',
        tokenKind: 'token',
      }),
    );
  });

  it('has no name, email, password, token or search of a user', () => {
    expect(log.length).toBeGreaterThan(5);
    const personal = /rosalinda|esmeralda|casas-azules|wrong-password|Secretville|Bearer|eyJ/i;
    expect(log.filter((line) => personal.test(line))).toEqual([]);
  });

  it('has the address of a caller in the security log only', () => {
    expect(
      log.filter(
        (line) =>
          line.includes('127.0.0.1') && !line.includes('"logger":"security"') && !line.includes('redis'),
      ),
    ).toEqual([]);
  });
});
