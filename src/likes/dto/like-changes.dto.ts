import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Id, List, Nested, Time, Word } from '../../http/answer-fields.js';
import { DateTimeField } from '../../http/fields.js';
import { PageInfo } from '../../http/pagination.js';
import { PropertyDto } from '../../properties/dto/property.dto.js';
import { ListInput } from './likes.dto.js';

const LIKE_CHANGES = ['price', 'status', 'withdrawn', 'published'] as const;
export type LikeChange = (typeof LIKE_CHANGES)[number];

export class LikeChangesInput extends ListInput {
  @DateTimeField({
    description: 'Only changes at this time or later. The default is 30 days ago.',
    example: '2026-01-01T00:00:00Z',
  })
  since?: string;
}

/** A price or the name of a status. */
const Value = (description: string, example: unknown): PropertyDecorator =>
  ApiProperty({
    description,
    example,
    nullable: true,
    oneOf: [
      { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', maxLength: 120 },
    ],
  });

@ApiSchema({ name: 'LikedPropertyChange' })
class LikedPropertyChangeDto {
  @Id()
  propertyId: number;

  @Time({ example: '2026-11-22T15:04:05Z' })
  at: string;

  @Word({
    words: LIKE_CHANGES,
    description:
      '`withdrawn`: it is not visible any more; `published`: it is visible again, or for the first time; `status`: from one public status to another.',
    example: 'price',
  })
  change: LikeChange;

  @Value(
    'The price or status before; `null` when it was unknown, in another currency or not public.',
    450000000,
  )
  from: number | string | null;

  @Value('The price or status after; `null` when it is unknown or not public.', 420000000)
  to: number | string | null;

  @Nested(PropertyDto, { description: 'As it is now; null when it is not visible.', null: true })
  property: PropertyDto | null;
}

export class LikedPropertyChangePage {
  @List(LikedPropertyChangeDto, { maxItems: 100 })
  items: LikedPropertyChangeDto[];

  @Nested(PageInfo)
  page: PageInfo;
}
