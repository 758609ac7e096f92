import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IntField } from '../../http/fields.js';
import { CursorField, LimitField, PageInfo } from '../../http/pagination.js';
import { PropertyDto } from '../../properties/dto/property.dto.js';
import type { LikeAction } from '../like-event.entity.js';

export class ListInput {
  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}

export class LookupInput {
  @IntField({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    repeatable: true,
    maxRepeats: 100,
    description: 'Property ids to look up. Repeat the parameter, up to 100 times.',
  })
  propertyId?: number[];
}

const likedAt = {
  type: 'string',
  format: 'date-time',
  example: '2026-11-22T15:04:05Z',
} as const;

@ApiSchema({ name: 'Like' })
export class LikeDto {
  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  propertyId: number;

  @ApiProperty({ enum: [true], example: true })
  liked: true;

  @ApiProperty(likedAt)
  likedAt: string;
}

@ApiSchema({ name: 'LikeCount' })
export class LikeCountDto {
  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  propertyId: number;

  @ApiProperty({
    type: 'integer',
    description: 'The exact number of users who like the property.',
    example: 17,
  })
  count: number;

  @ApiProperty({
    type: 'boolean',
    nullable: true,
    description: 'null when the request has no access token.',
    example: null,
  })
  likedByMe: boolean | null;
}

@ApiSchema({ name: 'LikedProperty' })
export class LikedPropertyDto {
  @ApiProperty(likedAt)
  likedAt: string;

  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  propertyId: number;

  @ApiProperty({
    type: PropertyDto,
    nullable: true,
    description: 'null when the property is no longer visible.',
  })
  property: PropertyDto | null;
}

export class LikedPropertyPage {
  @ApiProperty({ type: [LikedPropertyDto] })
  items: LikedPropertyDto[];

  @ApiProperty({ type: PageInfo })
  page: PageInfo;
}

@ApiSchema({ name: 'LikeLookup' })
export class LikeLookupDto {
  @ApiProperty({ type: 'array', items: { type: 'integer', format: 'int64' }, example: [1] })
  liked: number[];
}

@ApiSchema({ name: 'LikeEvent' })
export class LikeEventDto {
  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  propertyId: number;

  @ApiProperty({ enum: ['liked', 'unliked'], example: 'liked' })
  action: LikeAction;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T15:04:05Z' })
  at: string;
}

export class LikeEventPage {
  @ApiProperty({ type: [LikeEventDto] })
  items: LikeEventDto[];

  @ApiProperty({ type: PageInfo })
  page: PageInfo;
}
