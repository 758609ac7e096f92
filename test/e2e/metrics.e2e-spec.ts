import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from '@jest/globals';
import { SECURITY_ACTIONS } from '../../src/security/security-events.js';
import { ask } from '../support/client.js';
import { describeWith, PROMTOOL } from '../support/optional.js';
import { app, useApp } from '../support/suite.js';

const ALERTS = fileURLToPath(new URL('../../deploy/prometheus/security-alerts.yaml', import.meta.url));

useApp();

let text: string;
interface Metric {
  name: string;
  help?: string;
  type?: string;
}
let metrics: Metric[];

beforeAll(async () => {
  await ask(app, '/v1/properties');
  ({ text } = await ask(app, '/metrics'));
  metrics = metricsIn(text);
});

function metricsIn(exposition: string): Metric[] {
  const found = new Map<string, Metric>();
  for (const [, kind, name, value] of exposition.matchAll(/^# (HELP|TYPE) (\S+) (.+)$/gm))
    found.set(name!, { ...found.get(name!), name: name!, [kind === 'HELP' ? 'help' : 'type']: value });
  return [...found.values()];
}

/** The rules of `promtool check metrics` for names, types and help texts. */
function faultsOf({ name, help, type }: Metric): string[] {
  const rules: [isBroken: boolean, fault: string][] = [
    [!help?.trim(), 'has no help text'],
    [!type, 'has no type'],
    [!/^[a-z][a-z0-9_]*$/.test(name), 'is not in lower case with underscores'],
    [(type === 'counter') !== name.endsWith('_total'), 'must end in _total exactly if it is a counter'],
    [/_(count|sum|bucket)$/.test(name), 'ends as a series of a histogram does'],
    [/_(counter|gauge|histogram|summary)(_|$)/.test(name), 'names its type'],
    [
      /_((milli|micro|nano)?second|(kilo|mega|giga)bytes?|byte|ms|minutes?|hours?|days?|percent)(_|$)/.test(
        name,
      ),
      'is not in seconds, bytes or a ratio',
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, fault]) => `${name} ${fault}`);
}

it('all metrics follow the naming rules of Prometheus', () => {
  expect(metrics.length).toBeGreaterThan(40);
  expect(metrics.flatMap(faultsOf)).toEqual([]);
});

it('property_service_build_info names the version of the package and of Node.js', () => {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  expect(text.split('\n')).toContain(
    `property_service_build_info{version="${version}",node="${process.version}"} 1`,
  );
});

it('the security alerts use series of /metrics, and docs/security-log.md names each', () => {
  const rules = readFileSync(ALERTS, 'utf8');
  const used = [...rules.matchAll(/security_events_total\{action=~?"([^"]+)"/g)];
  const actions = new Set(used.flatMap(([, names = '']) => names.split('|')));
  expect(actions.size).toBeGreaterThan(4);
  for (const action of actions) expect(text).toContain(`security_events_total{action="${action}",`);
  const documented = readFileSync(new URL('../../docs/security-log.md', import.meta.url), 'utf8');
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(alerts.filter((name) => !documented.includes(`| \`${name}\` `))).toEqual([]);
  for (const action of Object.keys(SECURITY_ACTIONS)) expect(documented).toContain(`| \`${action}\` `);
});

describeWith('promtool', 'promtool', () => {
  it('has no complaint', () => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL!, ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect([status, stdout + stderr]).toEqual([0, '']);
  });
});
