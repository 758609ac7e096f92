import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../accounts/access.decorators.js';
import { Liveness, Readiness } from './health.dto.js';
import { HealthService } from './health.service.js';
import { Metrics } from './metrics.js';

@ApiTags('Operations')
@Public()
@Controller()
export class OpsController {
  constructor(
    private readonly health: HealthService,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @ApiOperation({ summary: 'Is the process alive' })
  @ApiOkResponse({ type: Liveness })
  getLiveness(): Liveness {
    return new Liveness();
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'Can it serve: database reachable, writable and migrated' })
  @ApiOkResponse({ type: Readiness, description: 'Ready.' })
  @ApiResponse({
    status: 503,
    type: Readiness,
    description: 'Not ready; the body says why.',
    example: { status: 'unavailable', database: 'down', migrations: 'unknown', cache: 'off' },
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    reply.code(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'http_request_duration_seconds_count{…} 42' } })
  getMetrics(): Promise<string> {
    return this.metrics.text();
  }
}
