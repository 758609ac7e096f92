import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { AdmissionMetrics } from './admission-metrics.js';
import { HealthService } from './health.service.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { MetricsServer } from '../metrics/metrics-server.js';
import { Metrics } from '../metrics/metrics.js';
import { ReplicaMetrics } from '../metrics/replica-metrics.js';
import { OpsController } from './ops.controller.js';

@Module({})
export class OpsModule {
  static with({ metricsPort }: Config): DynamicModule {
    const ownPort = metricsPort !== null;
    return {
      module: OpsModule,
      controllers: [OpsController, ...(ownPort ? [] : [MetricsController])],
      providers: [
        AdmissionMetrics,
        HealthService,
        Metrics,
        ReplicaMetrics,
        ...(ownPort ? [MetricsServer] : []),
      ],
    };
  }
}
