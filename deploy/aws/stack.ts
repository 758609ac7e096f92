import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Data } from './data.ts';
import { Functions } from './functions.ts';
import { Migration } from './migration.ts';
import { acknowledge } from './nag.ts';
import { Workers } from './workers.ts';

interface Props {
  /** The image of the service, for the workers and the migrations. */
  image: string;
  /** The content of the functions' ZIP file. */
  code?: string;
}

/** The service on AWS Lambda, with its database, cache, workers and alarms (docs/adr/0019-aws-lambda.md). */
export class PropertyServiceStack extends Stack {
  constructor(scope: Construct, id: string, { image, code = defaultCode }: Props) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    vpc.addFlowLog('FlowLog');
    const data = new Data(this, 'Data', vpc);
    const container = { image: ecs.ContainerImage.fromRegistry(image), environment: data.environment };
    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });

    const migration = new Migration(this, 'Migration', { cluster, data, container });
    const workers = new Workers(this, 'Workers', { cluster, data, container });
    const functions = new Functions(this, 'Functions', { vpc, data, code });
    // New code starts after the migrations of its version.
    workers.node.addDependency(migration);
    functions.node.addDependency(migration);

    const api = new Api(this, 'Api', functions);
    new Alarms(this, 'Alarms', { api, functions, workers, data });
    acknowledge(this);
  }
}

const defaultCode = join(import.meta.dirname, '../../dist/lambda-package');
