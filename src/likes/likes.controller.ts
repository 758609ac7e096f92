import { Controller, Delete, Get, Put, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BearerId, BearerOfToken, CallerOrNull, Recognised } from '../accounts/access.decorators.js';
import type { Caller } from '../accounts/caller-cache.js';
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
  @BearerOfToken()
  @Operation({
    summary: 'Like a home',
    description: 'The same like again changes nothing.',
    input: PropertyIdInput,
    ok: { status: 201, type: LikeDto, description: 'Liked now.' },
    or: { status: 200, type: LikeDto, description: 'It was liked already.' },
    problems: [400, 401, 404],
  })
  async likeProperty(
    @Input() { id }: PropertyIdInput,
    @BearerId() userId: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LikeDto> {
    const { like, isNew } = await this.likes.like(id, userId);
    reply.code(isNew ? 201 : 200);
    return like;
  }

  @Delete('like')
  @BearerOfToken()
  @Operation({
    summary: 'Unlike a property',
    description: 'Also a property that is hidden or does not exist: the answer is the same.',
    input: PropertyIdInput,
    ok: { status: 204, description: 'Not liked now, whether or not it was.' },
    problems: [400, 401],
  })
  unlikeProperty(@Input() { id }: PropertyIdInput, @BearerId() userId: number): Promise<void> {
    return this.likes.unlike(id, userId);
  }

  @Get('likes')
  @Recognised()
  @Operation({
    summary: 'How many people like a home, and whether I do',
    input: PropertyIdInput,
    ok: { status: 200, type: LikeCountDto, description: 'The count.' },
    problems: [400, 401, 404],
  })
  getPropertyLikes(
    @Input() { id }: PropertyIdInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<LikeCountDto> {
    return this.likes.count(id, caller);
  }
}
