import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '../accounts/access.decorators.js';
import { Metrics, METRICS_TYPE } from './metrics.js';

/** Metrics beside the API, unless they have a port of their own (`METRICS_PORT`). */
@ApiTags('Operations')
@Public()
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @Header('content-type', METRICS_TYPE)
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'http_request_duration_seconds_count{…} 42' } })
  getMetrics(): Promise<string> {
    return this.metrics.text();
  }
}
