import { Module } from '@nestjs/common';
import { Drain } from '../http/drain.js';
import { HealthService } from './health.service.js';
import { Metrics } from './metrics.js';
import { OpsController } from './ops.controller.js';

@Module({ controllers: [OpsController], providers: [HealthService, Metrics, Drain] })
export class OpsModule {}
