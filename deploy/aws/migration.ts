import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { SERVICE_USER } from './data.ts';
import { loginOf, taskOf } from './task.ts';
import type { ContainerProps } from './workers.ts';

/**
 * Runs the migrations of the image in a task, at each deployment with another image, and fails the deployment when they fail.
 * A task, because a migration of a large database takes longer than the 15 minutes of a function.
 */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, props: ContainerProps) {
    super(scope, id);
    const { cluster, container, data } = props;
    const task = taskOf(this, 'Task', props, {
      command: ['node', 'dist/commands/migrate.js'],
      environment: { DATABASE_SERVICE_USER: `${SERVICE_USER}@%` },
      secrets: {
        ...loginOf(data.ownerLogin),
        DATABASE_SERVICE_PASSWORD: ecs.Secret.fromSecretsManager(data.serviceLogin, 'password'),
      },
    });
    const code = lambda.Code.fromInline(readFileSync(join(import.meta.dirname, 'run-task.mjs'), 'utf8'));
    const create = (name: string): lambda.Function =>
      new lambda.Function(this, name, {
        code,
        handler: `index.${name}`,
        runtime: lambda.Runtime.NODEJS_24_X,
        architecture: lambda.Architecture.ARM_64,
        timeout: Duration.minutes(1),
      });
    const [start, check] = [create('start'), create('check')];
    task.grantRun(start);
    check.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['ecs:DescribeTasks'],
        resources: ['*'],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }),
    );
    const provider = new Provider(this, 'Provider', {
      onEventHandler: start,
      isCompleteHandler: check,
      queryInterval: Duration.seconds(10),
      totalTimeout: Duration.hours(2),
    });
    const run = new CustomResource(this, 'Run', {
      serviceToken: provider.serviceToken,
      properties: {
        cluster: cluster.clusterArn,
        task: task.taskDefinitionArn,
        image: container.image.bind(this, task.defaultContainer!).imageName,
        subnets: cluster.vpc.privateSubnets.map(({ subnetId }) => subnetId),
        securityGroup: data.clients.securityGroupId,
      },
    });
    run.node.addDependency(data);
  }
}
