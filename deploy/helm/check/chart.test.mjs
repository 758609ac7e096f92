// The chart, rendered by Helm: its manifests are valid, and they keep what docs/deploying.md promises.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { helm, lint, notes, render } from './helm.mjs';
import { faultsOf } from './manifests.mjs';

const root = join(import.meta.dirname, '../../..');
const read = (file) => readFileSync(join(root, file), 'utf8');
const DATABASE = ['--set', 'settings.DATABASE_HOST=db.internal'];
const SERVICES = [...DATABASE, '-f', join(root, 'deploy/helm/examples/services.yaml')];
const MINIMAL = [
  ...DATABASE,
  '--set=networkPolicy.enabled=false,deployments[0].name=api,deployments[0].replicas=1',
  '--set=deployments[0].autoscaling.enabled=false,deployments[0].resources.limits.memory=512Mi',
  '--set=settings.METRICS_PORT=null,imagePullSecrets[0].name=registry,image.tag=1.2.3',
];
const EVERYTHING = [
  ...SERVICES,
  '--set=networkPolicy.egress[0].to[0].ipBlock.cidr=10.0.0.0/8',
  '--set-json=settings.RATE_LIMIT_PER_MINUTE=1000000',
];
const charts = { default: DATABASE, services: SERVICES, minimal: MINIMAL, everything: EVERYTHING };
const rendered = Object.fromEntries(
  Object.entries(charts).map(([name, values]) => [name, render(...values)]),
);
const all = Object.values(rendered).flat();
const ofKind = (manifests, kind) => manifests.filter((manifest) => manifest.kind === kind);
const names = (manifests) => manifests.map(({ metadata }) => metadata.name);
const podOf = ({ spec }) => spec.template.spec;
const isSelected = (labels, selector) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);
const environment = ({ env }) => Object.fromEntries(env.map(({ name, value }) => [name, value]));

describe('the manifests', () => {
  it('are valid for the Kubernetes API', async () => {
    for (const values of Object.values(charts)) lint(...values);
    assert.deepEqual(await faultsOf(all), []);
  });

  it('are rejected when a field is unknown, missing or of a wrong type', async () => {
    const [deployment, job, hpa] = ['Deployment', 'Job', 'HorizontalPodAutoscaler'].map((kind) =>
      structuredClone(ofKind(rendered.default, kind)[0]),
    );
    podOf(deployment).containers[0].ports[0].containerPort = 'http';
    podOf(job).terminationGracePeriodSecond = 30;
    delete hpa.spec.maxReplicas;
    const faults = (await faultsOf([deployment, job, hpa])).join('\n');
    for (const part of ['containerPort must be integer', 'terminationGracePeriodSecond', 'maxReplicas'])
      assert.match(faults, new RegExp(part));
  });

  it('refer to each other by labels and names that exist', () => {
    for (const manifests of Object.values(rendered)) {
      const deployments = ofKind(manifests, 'Deployment');
      const selectedBy = (selector) =>
        names(deployments.filter(({ spec }) => isSelected(spec.template.metadata.labels, selector)));
      for (const { spec, metadata } of deployments)
        assert.deepEqual(selectedBy(spec.selector.matchLabels), [metadata.name]);
      for (const { spec, metadata } of ofKind(manifests, 'Service'))
        assert.deepEqual(selectedBy(spec.selector), [metadata.name]);
      for (const { spec, metadata } of ofKind(manifests, 'PodDisruptionBudget'))
        assert.deepEqual(selectedBy(spec.selector.matchLabels), [metadata.name]);
      for (const { spec } of ofKind(manifests, 'NetworkPolicy'))
        assert.deepEqual(selectedBy(spec.podSelector.matchLabels), names(deployments));
      for (const { spec } of ofKind(manifests, 'HorizontalPodAutoscaler')) {
        const target = deployments.find(({ metadata }) => metadata.name === spec.scaleTargetRef.name);
        assert.equal(target.spec.replicas, undefined);
      }
      for (const { backendRefs } of ofKind(manifests, 'HTTPRoute').flatMap(({ spec }) => spec.rules))
        assert.ok(names(ofKind(manifests, 'Service')).includes(backendRefs[0].name));
      assert.equal(ofKind(manifests, 'PodDisruptionBudget').length, deployments.length);
    }
  });
});

describe('the migration', () => {
  it('takes its database account from a Secret of its own when there is one', () => {
    const secretOf = (manifests, kind) =>
      podOf(ofKind(manifests, kind)[0]).containers[0].envFrom[0].secretRef.name;
    const split = render(...DATABASE, '--set=migrateSecretName=owner');
    assert.equal(secretOf(split, 'Job'), 'owner');
    assert.equal(secretOf(split, 'Deployment'), 'property-service');
    assert.equal(secretOf(rendered.default, 'Job'), 'property-service');
  });
});

describe('each pod', () => {
  const pods = [...ofKind(all, 'Deployment'), ...ofKind(all, 'Job')].map(podOf);

  it('passes the Pod Security Standard "restricted" and cannot write to its image', () => {
    for (const { securityContext, automountServiceAccountToken, containers } of pods) {
      assert.deepEqual(securityContext, {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.equal(automountServiceAccountToken, false);
      for (const container of containers)
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('has settings of .env.example only, and secrets from the Secret', () => {
    const settings = read('.env.example').matchAll(/^#?([A-Z][A-Z_]+)=/gm);
    const known = new Set(Array.from(settings, ([, name]) => name));
    for (const container of pods.flatMap(({ containers }) => containers)) {
      assert.deepEqual(
        Object.keys(environment(container)).filter((name) => !known.has(name)),
        [],
      );
      assert.deepEqual(container.envFrom, [{ secretRef: { name: 'property-service' } }]);
    }
    assert.equal(
      environment(podOf(ofKind(rendered.everything, 'Job')[0]).containers[0]).RATE_LIMIT_PER_MINUTE,
      '1000000',
    );
  });

  it('runs the release that the repository builds', () => {
    const images = new Set(
      ofKind(rendered.default, 'Deployment').map((manifest) => podOf(manifest).containers[0].image),
    );
    assert.deepEqual([...images], [`property-service:${JSON.parse(read('package.json')).version}`]);
  });
});

describe('each pod of a Deployment', () => {
  const milliseconds = (file, name) =>
    Number(new RegExp(`const ${name} = ([\\d_]+);`).exec(read(file))[1].replaceAll('_', ''));

  it('has the time to drain before it is killed', () => {
    const drain =
      (milliseconds('src/http/drain.ts', 'DRAIN_MS') + milliseconds('src/serve.ts', 'CLOSE_MS')) / 1_000;
    for (const pod of ofKind(all, 'Deployment').map(podOf)) {
      const { seconds } = pod.containers[0].lifecycle.preStop.sleep;
      assert.ok(pod.terminationGracePeriodSeconds > seconds + drain);
    }
  });

  it('is marked as not ready within the time for which it still accepts connections', () => {
    const acceptMs = milliseconds('src/http/drain.ts', 'ACCEPT_MS');
    for (const { containers } of ofKind(all, 'Deployment').map(podOf)) {
      const { readinessProbe: probe, livenessProbe } = containers[0];
      assert.equal(probe.httpGet.path, '/health/ready');
      assert.ok(probe.periodSeconds * probe.failureThreshold * 1_000 < acceptMs);
      assert.equal(livenessProbe.httpGet.path, '/health/live');
    }
  });

  it('is started before the pod that it replaces stops', () => {
    for (const { spec } of ofKind(all, 'Deployment'))
      assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  });
});

it('the migration runs before the pods of a release', () => {
  for (const { metadata, spec } of ofKind(all, 'Job')) {
    assert.equal(metadata.annotations['helm.sh/hook'], 'pre-install,pre-upgrade');
    assert.deepEqual(spec.template.spec.containers[0].command, ['node', 'dist/commands/migrate.js']);
  }
});

describe('the example with four services', () => {
  const deployments = ofKind(rendered.services, 'Deployment');
  const servicesOf = (name) =>
    environment(
      podOf(deployments.find(({ metadata }) => metadata.name === name)).containers[0],
    ).SERVICES.split(',');
  const rules = ofKind(rendered.services, 'HTTPRoute')[0].spec.rules.flatMap(({ matches, backendRefs }) =>
    matches.map(({ path }) => ({ ...path, service: servicesOf(backendRefs[0].name) })),
  );
  const rank = { Exact: 3, RegularExpression: 2, PathPrefix: 1 };
  const isMatch = {
    Exact: (value, path) => path === value,
    RegularExpression: (value, path) => new RegExp(`^${value}$`).test(path),
    PathPrefix: (value, path) => value === '/' || path === value || path.startsWith(`${value}/`),
  };

  it('sends each path of the API to the service that has it', () => {
    const { paths } = JSON.parse(read('docs/openapi.json'));
    for (const [template, operations] of Object.entries(paths)) {
      const [tag] = Object.values(operations)[0].tags;
      const [{ service }] = rules
        .filter(({ type, value }) => isMatch[type](value, template.replaceAll(/\{\w+\}/g, '42')))
        .toSorted((a, b) => rank[b.type] - rank[a.type] || b.value.length - a.value.length);
      if (tag !== 'Operations') assert.deepEqual([template, ...service], [template, tag.toLowerCase()]);
    }
  });
});

describe('values', () => {
  const refused = (value, message) =>
    assert.throws(
      () => helm('template demo', join(root, 'deploy/helm/property-service'), ...DATABASE, value),
      message,
    );

  it('are refused when they are unknown, or are secrets', () => {
    refused('--set=replicaCount=3', /replicaCount/);
    refused('--set=settings.DATABASE_PASSWORD=x', /DATABASE_PASSWORD/);
    refused('--set=deployments[0].services[0]=listings', /services/);
    refused('--set=settings.PORT=9000', /PORT/);
    refused('--set=settings.WEB_CONCURRENCY=2', /WEB_CONCURRENCY/);
    refused('--set=route.enabled=true', /parentRefs/);
    assert.throws(() => render(), /DATABASE_HOST/);
  });

  it('give the number of connections that the database must allow', () => {
    assert.match(notes(...DATABASE), /Up to 7 pods[^]*at least 90\./);
    assert.match(notes('--set', 'settings.DATABASE_HOST=db1\\,db2'), /Up to 7 pods[^]*at least 99\./);
    assert.match(notes(...SERVICES), /Up to 18 pods[^]*at least 200\./);
  });
});
