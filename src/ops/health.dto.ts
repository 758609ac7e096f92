import { ApiProperty } from '@nestjs/swagger';

export class Liveness {
  @ApiProperty({ enum: ['alive'], example: 'alive' })
  readonly status = 'alive';
}

/** A step of a background worker of this process that fails. */
export class FailingStepDto {
  @ApiProperty({ example: 'legacy-sync: sweep of likes' })
  step: string;

  @ApiProperty({ description: 'Failures in a row.', example: 4 })
  failures: number;

  @ApiProperty({ format: 'date-time', description: 'The first of these failures.' })
  since: string;
}

export class Readiness {
  @ApiProperty({
    enum: ['ready', 'unavailable', 'stopping'],
    description: '`stopping`: the process received a stop signal and answers its last requests.',
    example: 'ready',
  })
  status: 'ready' | 'unavailable' | 'stopping';

  @ApiProperty({
    enum: ['up', 'read-only', 'down'],
    description: '`read-only`: the service answers reads, and 503 to writes.',
    example: 'up',
  })
  database: 'up' | 'read-only' | 'down';

  @ApiProperty({ enum: ['current', 'pending', 'unknown'], example: 'current' })
  migrations: 'current' | 'pending' | 'unknown';

  @ApiProperty({ enum: ['off', 'up', 'down'], description: '`off`: no Redis is configured.', example: 'off' })
  cache: 'off' | 'up' | 'down';

  @ApiProperty({
    type: [FailingStepDto],
    description:
      'Steps of the background workers of this process that fail. They run less and less often until they succeed; requests are served.',
    example: [],
  })
  failingSteps: FailingStepDto[];
}
