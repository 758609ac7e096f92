import { Controller, Delete, Get, Put, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CallerOrNull,
  OptionalTokenRejectInvalid,
  TokenUserId,
  TokenWithoutUserCheck,
} from '../accounts/access.decorators.js';
import type { Caller } from '../accounts/caller-cache.js';
import { ReplicaRead } from '../cache/replica-read.js';
import { Input } from '../http/input.js';
import { Operation } from '../http/operation.js';
import { PropertyIdInput } from '../properties/dto/property-id.input.js';
import { LikeCountDto, LikeDto } from './dto/likes.dto.js';
import { LikesService } from './likes.service.js';

@ApiTags('Likes')
@Controller('v1/properties/:id')
export class LikesController {
  constructor(private readonly likes: LikesService) {}

  @Put('like')
  @TokenWithoutUserCheck()
  @Operation({
    summary: 'Like a property',
    description: 'Liking a liked property changes nothing.',
    ok: { status: 201, type: LikeDto, description: 'The like was made.' },
    or: { status: 200, type: LikeDto, description: 'The property was liked before.' },
    problems: ['property-not-found', 'too-many-likes'],
  })
  async likeProperty(
    @Input() { id }: PropertyIdInput,
    @TokenUserId() userId: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LikeDto> {
    const { like, isNew } = await this.likes.like(id, userId);
    reply.code(isNew ? 201 : 200);
    return like;
  }

  @Delete('like')
  @TokenWithoutUserCheck()
  @Operation({
    summary: 'Unlike a property',
    description: 'The answer is the same for a property that is hidden or does not exist.',
    ok: { status: 204, description: 'The property is not liked, whether or not it was liked before.' },
    problems: ['too-many-likes'],
  })
  unlikeProperty(@Input() { id }: PropertyIdInput, @TokenUserId() userId: number): Promise<void> {
    return this.likes.unlike(id, userId);
  }

  @Get('likes')
  @OptionalTokenRejectInvalid()
  @ReplicaRead('search')
  @Operation({
    summary: 'Count the likes of a property',
    description: 'With an access token, the answer also says whether the caller likes the property.',
    ok: {
      status: 200,
      type: LikeCountDto,
      description: 'The count, and whether the caller likes the property.',
    },
    problems: ['token-refused', 'property-not-found'],
  })
  getPropertyLikes(
    @Input() { id }: PropertyIdInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<LikeCountDto> {
    return this.likes.count(id, caller);
  }
}
