import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import { type Data, MAX_CONNECTIONS } from './data.ts';
import { type Functions, SERVICES } from './functions.ts';
import type { Workers } from './workers.ts';

const GIB = 2 ** 30;

/** Alarms, which a topic reports. Subscribe to it by hand: the address is not in the template. */
export class Alarms extends Construct {
  readonly #topic = new sns.Topic(this, 'Topic', { enforceSSL: true });

  constructor(
    scope: Construct,
    id: string,
    { api, functions, workers, data }: { api: Api; functions: Functions; workers: Workers; data: Data },
  ) {
    super(scope, id);
    for (const service of SERVICES) {
      const each = functions.of[service];
      this.#add(`${service}Errors`, each.metricErrors(), 0);
      this.#add(`${service}Throttles`, each.metricThrottles(), 0);
    }
    this.#add('ServerErrors', api.http.metricServerError({ statistic: 'Sum' }), 5);
    this.#add('Latency', api.http.metricLatency({ statistic: 'p99' }), 2_000);
    this.#add(
      'Connections',
      data.database.metricDatabaseConnections({ statistic: 'Maximum' }),
      MAX_CONNECTIONS * 0.85,
    );
    this.#add('DatabaseCpu', data.database.metricCPUUtilization(), 80);
    const below = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD;
    this.#add('Storage', data.database.metricFreeStorageSpace(), 10 * GIB, below);
    const { cluster, serviceName } = workers.service;
    const tasks = new cloudwatch.Metric({
      namespace: 'ECS/ContainerInsights',
      metricName: 'RunningTaskCount',
      dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: serviceName },
      statistic: 'Minimum',
    });
    this.#add('Workers', tasks, 1, below, cloudwatch.TreatMissingData.BREACHING);
  }

  #add(
    id: string,
    metric: cloudwatch.Metric,
    threshold: number,
    comparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
  ): void {
    const alarm = metric.with({ period: Duration.minutes(1) }).createAlarm(this, id, {
      threshold,
      comparisonOperator,
      treatMissingData,
      evaluationPeriods: 3,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
  }
}
