import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '../accounts/access.decorators.js';
import { METRICS_TYPE } from './metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Serves `/metrics` on the port of the API, unless `METRICS_PORT` is set. */
@ApiTags('Operations')
@Public()
@Controller()
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  @Get('metrics')
  @Header('content-type', METRICS_TYPE)
  @ApiOperation({
    summary: 'Metrics for Prometheus',
    description: 'In the text format of Prometheus. No metric has personal data.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'http_request_duration_seconds_count{…} 42' } })
  getMetrics(): Promise<string> {
    return this.registry.readAll();
  }
}
