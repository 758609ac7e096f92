import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ContainerProps } from './workers.ts';

/** A Fargate task with the image of the service, its settings and secrets. */
export function taskOf(
  scope: Construct,
  id: string,
  { container, data }: ContainerProps,
  { environment, command }: { environment?: Record<string, string>; command?: string[] },
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
    secrets: {
      DATABASE_USER: ecs.Secret.fromSecretsManager(data.login, 'username'),
      DATABASE_PASSWORD: ecs.Secret.fromSecretsManager(data.login, 'password'),
      JWT_SECRET: ecs.Secret.fromSecretsManager(data.jwtSecret),
    },
    // The drain ends within 12 s.
    stopTimeout: Duration.seconds(30),
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: id,
      logGroup: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH }),
    }),
  });
  return task;
}
