import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { ContainerProps } from './workers.ts';

type Secrets = Record<string, ecs.Secret>;

export const loginOf = (secret: ISecret): Secrets => ({
  DATABASE_USER: ecs.Secret.fromSecretsManager(secret, 'username'),
  DATABASE_PASSWORD: ecs.Secret.fromSecretsManager(secret, 'password'),
});

/** A Fargate task with the image of the service and its settings. */
export function taskOf(
  scope: Construct,
  id: string,
  { container }: ContainerProps,
  {
    environment,
    secrets,
    command,
  }: { environment?: Record<string, string>; secrets: Secrets; command?: string[] },
): ecs.FargateTaskDefinition {
  const task = new ecs.FargateTaskDefinition(scope, id, {
    cpu: 512,
    memoryLimitMiB: 1_024,
    runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64 },
  });
  task.addContainer('app', {
    image: container.image,
    ...(command && { command }),
    environment: { ...container.environment, ...environment },
    secrets,
    // The drain ends within 12 s.
    stopTimeout: Duration.seconds(30),
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: id,
      logGroup: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH }),
    }),
  });
  return task;
}
