import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'StatusRow' })
export class StatusRowDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    description: 'The id of the row in `status_history`.',
    example: 17,
  })
  id: number;

  @ApiProperty({ description: 'The name of the status.', example: 'en_venta' })
  status: string;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-05-01T10:00:00Z' })
  at: string;
}

@ApiSchema({ name: 'Visibility' })
export class VisibilityDto {
  @ApiProperty({ description: 'Whether the public sees the property.', example: true })
  visible: boolean;

  @ApiProperty({
    description: 'The reason, as a sentence.',
    example: 'Visible: its current status, en_venta, is public.',
  })
  rule: string;

  @ApiProperty({
    type: StatusRowDto,
    nullable: true,
    description:
      'The row of the current status: the one with the newest date; of equal dates, the one with the highest id.',
  })
  decidingRow: StatusRowDto | null;

  @ApiProperty({
    type: StatusRowDto,
    nullable: true,
    description: 'The row that was inserted last. Older programs take it for the current status.',
  })
  byInsertionOrder: StatusRowDto | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Since when the property has been visible or hidden; `null` when its history is empty.',
    example: '2026-05-01T10:00:00Z',
  })
  since: string | null;

  @ApiProperty({
    type: [String],
    description: 'The fields with an unknown value. Filters on these fields do not match the property.',
    example: ['price'],
  })
  incomplete: string[];
}
