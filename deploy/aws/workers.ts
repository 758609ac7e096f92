import type { StackProps } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Data } from './data.ts';
import { loginOf, taskOf } from './task.ts';

export interface ContainerProps extends StackProps {
  cluster: ecs.Cluster;
  data: Data;
  container: { image: ecs.ContainerImage; environment: Record<string, string> };
}

/** The mails and erasures, the ranking and the legacy sync. Two tasks: one holds the locks, the other one waits for them. */
export class Workers extends Construct {
  readonly service: ecs.FargateService;

  constructor(scope: Construct, id: string, props: ContainerProps) {
    super(scope, id);
    const { cluster, data } = props;
    this.service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: taskOf(this, 'Task', props, {
        environment: { SERVICES: 'accounts,properties,ranking', DATABASE_POOL_SIZE: '5' },
        secrets: { ...loginOf(data.serviceLogin), JWT_SECRET: ecs.Secret.fromSecretsManager(data.jwtSecret) },
      }),
      securityGroups: [data.clients],
      desiredCount: 2,
      minHealthyPercent: 50,
      circuitBreaker: { rollback: true },
    });
  }
}
