import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { App, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ROUTES } from './api.ts';
import { MAX_CONNECTIONS } from './data.ts';
import { CONCURRENCY, SERVICES } from './functions.ts';
import { PropertyServiceStack } from './stack.ts';

const PROJECT = join(import.meta.dirname, '../..');
const CONNECTIONS_OF_A_FUNCTION = 2;
/** Two workers with 5, the new and the old ones while they are replaced, and a migration with 10. */
const OTHER_CONNECTIONS = 2 * 2 * 5 + 10;

const folder = mkdtempSync(join(tmpdir(), 'property-service-cdk-'));
after(() => rmSync(folder, { recursive: true }));
const app = new App({ outdir: join(folder, 'out') });
// Any file does: the template has only its digest.
const code = join(import.meta.dirname, '../compose');
const stack = new PropertyServiceStack(app, 'Test', { image: 'example/property-service:1', code });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const template = Template.fromStack(stack);

it('passes cdk-nag', () => {
  // `synth` throws when a rule is violated that nag.ts does not name.
  app.synth();
  const { pluginReports } = JSON.parse(readFileSync(join(folder, 'out/validation-report.json'), 'utf8'));
  const { conclusion } = pluginReports.find(
    (each: { pluginName: string }) => each.pluginName === 'AwsSolutions',
  );
  assert.equal(conclusion, 'success');
});

it('has a function a service, on Node 24 and arm64, with SIGTERM', () => {
  for (const service of SERVICES)
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: `dist/lambda/${service}.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Layers: Match.anyValue(),
      ReservedConcurrentExecutions: CONCURRENCY[service],
      VpcConfig: Match.anyValue(),
    });
});

it('has secrets in no template and in no setting', () => {
  const text = JSON.stringify(template.toJSON());
  assert.doesNotMatch(text, /"(DATABASE_PASSWORD|JWT_SECRET)":/);
});

it('gives the login that may change the schema to the migration only', () => {
  const idOf = (username: string): string => {
    const [id, ...others] = Object.entries(template.findResources('AWS::SecretsManager::Secret'))
      .filter(([, { Properties }]) =>
        Properties.GenerateSecretString?.SecretStringTemplate?.includes(`"username":"${username}"`),
      )
      .map(([each]) => each);
    assert.ok(id !== undefined && others.length === 0, username);
    return id;
  };
  const attachments = template.findResources('AWS::SecretsManager::SecretTargetAttachment');
  const users = (...ids: string[]): string[] =>
    Object.entries(template.toJSON().Resources as object)
      .filter(([, { Type, Properties }]) => {
        const text = JSON.stringify(Properties);
        return (
          /Function$|TaskDefinition$|Policy$/.test(Type) && ids.some((id) => text.includes(`{"Ref":"${id}"}`))
        );
      })
      .map(([id]) => id);
  const migration = users(idOf('habi_user'), ...Object.keys(attachments));
  assert.ok(
    migration.length > 0 && migration.every((each) => each.startsWith('MigrationTask')),
    `${migration}`,
  );
  const serving = users(idOf('habi_service'));
  for (const name of [...SERVICES.map((each) => `Functions${each}`), 'WorkersTask'])
    assert.ok(
      serving.some((each) => each.startsWith(name)),
      name,
    );
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Command: ['node', 'dist/commands/migrate.js'],
        Environment: Match.arrayWith([{ Name: 'DATABASE_SERVICE_USER', Value: 'habi_service@%' }]),
        Secrets: Match.arrayWith([Match.objectLike({ Name: 'DATABASE_SERVICE_PASSWORD' })]),
      }),
    ],
  });
});

it('allows fewer connections than the database has, also while new code replaces old code', () => {
  const environments = Object.values(CONCURRENCY).reduce((sum, each) => sum + each, 0);
  assert.equal(environments, 200);
  assert.ok(2 * environments * CONNECTIONS_OF_A_FUNCTION + OTHER_CONNECTIONS <= MAX_CONNECTIONS);
  template.hasResourceProperties('AWS::RDS::DBParameterGroup', {
    Parameters: { max_connections: String(MAX_CONNECTIONS), wait_timeout: '300' },
  });
});

it('runs the workers always, and without functions', () => {
  template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 2, LaunchType: 'FARGATE' });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([{ Name: 'SERVICES', Value: 'accounts,properties,ranking' }]),
      }),
    ],
  });
});

it('updates functions and workers after the migration', () => {
  const [migration] = Object.keys(template.findResources('AWS::CloudFormation::CustomResource'));
  assert.ok(migration);
  const users = [
    ...Object.values(template.findResources('AWS::ECS::Service')),
    ...Object.values(
      template.findResources('AWS::Lambda::Function', {
        Properties: { Handler: Match.stringLikeRegexp('^dist/lambda') },
      }),
    ),
  ];
  assert.equal(users.length, 5);
  for (const { DependsOn = [] } of users) assert.ok(DependsOn.includes(migration));
});

it('routes each path of the contract to its service, as nginx does', () => {
  const nginx = readFileSync(join(PROJECT, 'deploy/compose/nginx.conf'), 'utf8');
  const locations = [...nginx.matchAll(/location (=|~)? ?(\S+) \{ proxy_pass http:\/\/(\w+)/g)];
  const serviceByNginx = (path: string): string | undefined =>
    locations
      .map(([, kind, text = '', service]) => {
        const fits =
          kind === '=' ? path === text : kind === '~' ? new RegExp(text).test(path) : path.startsWith(text);
        return { service, rank: fits ? (kind === '=' ? 1e6 : kind === '~' ? 1e5 : text.length) : -1 };
      })
      .toSorted((a, b) => b.rank - a.rank)[0]?.service;
  const serviceByApi = (path: string): string | undefined =>
    SERVICES.flatMap((service) => ROUTES[service].map((route) => ({ service, route })))
      .filter(({ route }) =>
        new RegExp(`^${route.replace('{proxy+}', '.+').replace('{id}', '[^/]+')}$`).test(path),
      )
      .toSorted(
        (a, b) =>
          Number(a.route.includes('+')) - Number(b.route.includes('+')) || b.route.length - a.route.length,
      )[0]?.service;
  const { paths } = JSON.parse(readFileSync(join(PROJECT, 'docs/openapi.json'), 'utf8'));
  for (const path of Object.keys(paths).filter((each) => each !== '/metrics')) {
    const example = path.replaceAll(/\{\w+\}/g, '7');
    assert.equal(serviceByApi(example), serviceByNginx(example), path);
  }
});

it('has alarms that report', () => {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  assert.equal(alarms.length, 14);
  for (const { Properties } of alarms) assert.equal(Properties.AlarmActions.length, 1);
});
