import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../accounts/access.decorators.js';
import { SERVICES } from '../config/config.js';
import { Liveness, Readiness } from './health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('Operations')
@Public()
@Controller()
export class OpsController {
  constructor(private readonly health: HealthService) {}

  @Get('health/live')
  @ApiOperation({ summary: 'Whether the process is alive', description: 'It does not ask the database.' })
  @ApiOkResponse({ type: Liveness })
  getLiveness(): Liveness {
    return new Liveness();
  }

  @Get('health/ready')
  @ApiOperation({
    summary: 'Whether the process can serve requests',
    description: 'Ready: the database is reachable, writable and migrated.',
  })
  @ApiOkResponse({ type: Readiness, description: 'Ready.' })
  @ApiResponse({
    status: 503,
    type: Readiness,
    description: 'Not ready; the body says why.',
    example: {
      status: 'unavailable',
      database: 'down',
      migrations: 'unknown',
      cache: 'off',
      failingSteps: [],
      services: [...SERVICES],
    },
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    reply.code(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }
}
