import { Flag, Id, Ids, Int, List, Nested, Time, Word } from '../../http/answer-fields.js';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IntField } from '../../http/fields.js';
import { CursorField, LimitField, PageInfo } from '../../http/pagination.js';
import { FieldsField, IncludeField, type PropertyView } from '../../properties/dto/property-view.js';
import { PropertyDto } from '../../properties/dto/property.dto.js';
import type { LikeAction } from '../like-event.entity.js';

export class ListInput {
  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}

export class MyLikesInput extends ListInput {
  @FieldsField()
  fields?: PropertyView['fields'];

  @IncludeField()
  include?: PropertyView['include'];
}

export class LookupInput {
  @IntField({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    repeatable: true,
    maxRepeats: 100,
    description: 'Property ids to look up. Repeat the parameter, up to 100 times.',
    example: 42,
  })
  propertyId?: number[];
}

@ApiSchema({ name: 'Like' })
export class LikeDto {
  @Id()
  propertyId: number;

  @ApiProperty({ enum: [true], example: true })
  liked: true;

  @Time({ example: '2026-11-22T15:04:05Z' })
  likedAt: string;
}

@ApiSchema({ name: 'LikeCount' })
export class LikeCountDto {
  @Id()
  propertyId: number;

  @Int({ description: 'The exact number of users who like the property.', example: 17 })
  count: number;

  @Flag({ null: true, description: 'null when the request has no access token.', example: null })
  likedByMe: boolean | null;
}

@ApiSchema({ name: 'LikedProperty' })
export class LikedPropertyDto {
  @Time({ example: '2026-11-22T15:04:05Z' })
  likedAt: string;

  @Id()
  propertyId: number;

  @Nested(PropertyDto, { description: 'null when the property is no longer visible.', null: true })
  property: PropertyDto | null;
}

export class LikedPropertyPage {
  @List(LikedPropertyDto, { maxItems: 100 })
  items: LikedPropertyDto[];

  @Nested(PageInfo)
  page: PageInfo;
}

@ApiSchema({ name: 'LikeLookup' })
export class LikeLookupDto {
  @Ids({ maxItems: 100, example: [1] })
  liked: number[];
}

@ApiSchema({ name: 'LikeEvent' })
export class LikeEventDto {
  @Id()
  propertyId: number;

  @Word({ words: ['liked', 'unliked'], example: 'liked' })
  action: LikeAction;

  @Time({ example: '2026-11-22T15:04:05Z' })
  at: string;
}

export class LikeEventPage {
  @List(LikeEventDto, { maxItems: 100 })
  items: LikeEventDto[];

  @Nested(PageInfo)
  page: PageInfo;
}
