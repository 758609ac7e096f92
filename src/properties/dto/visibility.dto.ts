import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'StatusRow' })
export class StatusRowDto {
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Of `status_history`.', example: 17 })
  id: number;

  @ApiProperty({ description: 'The name of the status.', example: 'en_venta' })
  status: string;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-05-01T10:00:00Z' })
  at: string;
}

@ApiSchema({ name: 'Visibility' })
export class VisibilityDto {
  @ApiProperty({ description: 'Whether the public sees it.', example: true })
  visible: boolean;

  @ApiProperty({
    description: 'Why, in a sentence for people.',
    example: 'Visible: its current status, en_venta, is public.',
  })
  rule: string;

  @ApiProperty({
    type: StatusRowDto,
    nullable: true,
    description: 'The current status: of the newest date, and of equal dates of the highest id.',
  })
  decidingRow: StatusRowDto | null;

  @ApiProperty({
    type: StatusRowDto,
    nullable: true,
    description: 'What the programs before this one took for it: the row that was written last.',
  })
  byInsertionOrder: StatusRowDto | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Since when it has been visible, or hidden; null for a home without history.',
    example: '2026-05-01T10:00:00Z',
  })
  since: string | null;

  @ApiProperty({
    type: [String],
    description: 'The fields that are unknown: filters on them do not find it.',
    example: ['price'],
  })
  incomplete: string[];
}
