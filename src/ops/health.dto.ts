import { ApiProperty } from '@nestjs/swagger';

export class Liveness {
  @ApiProperty({ enum: ['alive'], example: 'alive' })
  readonly status = 'alive';
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

  static from({ status, database, migrations, cache }: Readiness): Readiness {
    return { status, database, migrations, cache };
  }
}
