import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Data } from './data.ts';

export type Service = 'accounts' | 'properties' | 'likes' | 'ranking';
/** Environments of each function at most: together 200, with 2 connections each. */
export const CONCURRENCY: Record<Service, number> = { accounts: 30, properties: 100, likes: 40, ranking: 30 };
export const SERVICES = Object.keys(CONCURRENCY) as Service[];

interface Props {
  vpc: ec2.IVpc;
  data: Data;
  code: string;
}

/** One function a service, all with the same code. */
export class Functions extends Construct {
  readonly of: Record<Service, lambda.Function>;

  constructor(scope: Construct, id: string, { vpc, data, code }: Props) {
    super(scope, id);
    const asset = lambda.Code.fromAsset(code);
    const create = (service: Service): lambda.Function => {
      const created = new lambda.Function(this, service, {
        code: asset,
        handler: `dist/lambda/${service}.handler`,
        runtime: lambda.Runtime.NODEJS_24_X,
        architecture: lambda.Architecture.ARM_64,
        // From this size on a function has one whole vCPU.
        memorySize: 1_769,
        // An HTTP API waits for 30 s.
        timeout: Duration.seconds(29),
        reservedConcurrentExecutions: CONCURRENCY[service],
        vpc,
        securityGroups: [data.clients],
        // It is an extension: only then does AWS send SIGTERM to an environment, which closes its connections.
        insightsVersion: lambda.LambdaInsightsVersion.VERSION_1_0_498_0,
        logGroup: new logs.LogGroup(this, `${service}Logs`, { retention: logs.RetentionDays.ONE_MONTH }),
        environment: {
          ...data.environment,
          NODE_OPTIONS: '--max-semi-space-size=16',
          DATABASE_SECRET_ARN: data.serviceLogin.secretArn,
          JWT_SECRET_ARN: data.jwtSecret.secretArn,
        },
      });
      data.serviceLogin.grantRead(created);
      data.jwtSecret.grantRead(created);
      return created;
    };
    this.of = Object.fromEntries(SERVICES.map((service) => [service, create(service)])) as typeof this.of;
  }
}
