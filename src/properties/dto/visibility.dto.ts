import { Flag, Id, Nested, Text, Time } from '../../http/answer-fields.js';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'StatusRow' })
export class StatusRowDto {
  @Id({ description: 'The id of the row in `status_history`.', example: 17 })
  id: number;

  @Text({ maxLength: 32, description: 'The name of the status.', example: 'en_venta' })
  status: string;

  @Time({ example: '2026-05-01T10:00:00Z' })
  at: string;
}

@ApiSchema({ name: 'Visibility' })
export class VisibilityDto {
  @Flag({ description: 'Whether the public sees the property.', example: true })
  visible: boolean;

  @Text({
    maxLength: 500,
    description: 'The reason, as a sentence.',
    example: 'Visible: its current status, en_venta, is public.',
  })
  rule: string;

  @Nested(StatusRowDto, {
    description: 'The row of the current status: the newest date, then the highest id.',
    null: true,
  })
  decidingRow: StatusRowDto | null;

  @Nested(StatusRowDto, {
    description: 'The row inserted last: the current status for older programs.',
    null: true,
  })
  byInsertionOrder: StatusRowDto | null;

  @Time({
    description: 'Since when the property has been visible or hidden; `null` when its history is empty.',
    example: '2026-05-01T10:00:00Z',
    null: true,
  })
  since: string | null;

  @ApiProperty({
    type: 'array',
    maxItems: 20,
    items: { type: 'string', maxLength: 20 },
    description: 'Fields with an unknown value: filters on them do not match.',
    example: ['price'],
  })
  incomplete: string[];
}
