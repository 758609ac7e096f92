import { ApiSchema } from '@nestjs/swagger';
import { type Service, SERVICES } from '../config/config.js';
import { Int, List, Nested, Text, Time, Word, Words } from '../http/answer-fields.js';

export class Liveness {
  @Word({ words: ['alive'], example: 'alive' })
  readonly status = 'alive';
}

/** A step of a background worker of this process that fails. */
@ApiSchema({ name: 'FailingStep' })
export class FailingStepDto {
  @Text({ maxLength: 100, example: 'legacy-sync: sweep of likes' })
  step: string;

  @Int({ description: 'Failures in a row.', example: 4 })
  failures: number;

  @Time({ description: 'The first of these failures.' })
  since: string;
}

/** The read replicas as this process sees them. */
@ApiSchema({ name: 'ReplicaCounts' })
export class ReplicaCountsDto {
  @Int({ example: 2 })
  usable: number;

  @Int({ description: 'Away, or more than 5 s behind.', example: 0 })
  leftOut: number;
}

export class Readiness {
  @Word({
    words: ['ready', 'unavailable', 'stopping'],
    description: '`stopping`: the process answers its last requests.',
    example: 'ready',
  })
  status: 'ready' | 'unavailable' | 'stopping';

  @Word({
    words: ['up', 'read-only', 'down'],
    description: '`read-only`: the service answers reads, and 503 to writes.',
    example: 'up',
  })
  database: 'up' | 'read-only' | 'down';

  @Word({ words: ['current', 'pending', 'unknown'], example: 'current' })
  migrations: 'current' | 'pending' | 'unknown';

  @Word({ words: ['off', 'up', 'down'], description: '`off`: no Redis is configured.', example: 'off' })
  cache: 'off' | 'up' | 'down';

  @Nested(ReplicaCountsDto, {
    optional: true,
    description: 'Only with read replicas. Without a usable one, all reads go to the primary.',
  })
  replicas?: ReplicaCountsDto;

  @List(FailingStepDto, {
    maxItems: 100,
    description: 'Steps of background workers that fail. Requests are served.',
    example: [],
  })
  failingSteps: FailingStepDto[];

  @Words({ words: SERVICES, description: 'The services that this process runs.', example: [...SERVICES] })
  services: readonly Service[];
}
