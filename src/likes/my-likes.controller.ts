import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SignedIn, SignedInCaller } from '../accounts/access.decorators.js';
import type { Caller } from '../accounts/caller-cache.js';
import { Input } from '../http/input.js';
import { Operation } from '../http/operation.js';
import {
  LikedPropertyPage,
  LikeEventPage,
  LikeLookupDto,
  ListInput,
  LookupInput,
  MyLikesInput,
} from './dto/likes.dto.js';
import { LikeChangesInput, LikedPropertyChangePage } from './dto/like-changes.dto.js';
import { LikeChangesService } from './like-changes.service.js';
import { LikesService } from './likes.service.js';

@ApiTags('Likes')
@SignedIn()
@Controller('v1/me/likes')
export class MyLikesController {
  constructor(
    private readonly likes: LikesService,
    private readonly changes: LikeChangesService,
  ) {}

  @Get()
  @Operation({
    summary: 'List the properties that I like, newest like first',
    description: 'A liked property that is no longer visible stays in the list, without its data.',
    ok: { status: 200, type: LikedPropertyPage, description: 'A page of likes.', headers: ['Link'] },
  })
  listMyLikes(@Input() input: MyLikesInput, @SignedInCaller() caller: Caller): Promise<LikedPropertyPage> {
    return this.likes.listMine(input, caller);
  }

  @Get('lookup')
  @Operation({
    summary: 'Look up which of these properties I like',
    description: 'One call is enough to mark the liked properties of a list.',
    ok: {
      status: 200,
      type: LikeLookupDto,
      description: 'The ids of the liked properties, in ascending order.',
    },
  })
  lookUpMyLikes(
    @Input() { propertyId = [] }: LookupInput,
    @SignedInCaller() caller: Caller,
  ): Promise<LikeLookupDto> {
    return this.likes.lookUp(propertyId, caller);
  }

  @Get('history')
  @Operation({
    summary: 'List all my likes and unlikes, newest first',
    description: 'Each like and each unlike is one event.',
    ok: { status: 200, type: LikeEventPage, description: 'A page of like events.', headers: ['Link'] },
  })
  listMyLikeHistory(@Input() input: ListInput, @SignedInCaller() caller: Caller): Promise<LikeEventPage> {
    return this.likes.listMyHistory(input, caller);
  }

  @Get('changes')
  @Operation({
    summary: 'List what changed of the properties that I like, newest first',
    description:
      'Prices and statuses since a time, 30 days ago by default. Of a hidden property it says only that it was withdrawn.',
    ok: {
      status: 200,
      type: LikedPropertyChangePage,
      description: 'A page of changes.',
      headers: ['Link'],
    },
  })
  listMyLikeChanges(
    @Input() input: LikeChangesInput,
    @SignedInCaller() caller: Caller,
  ): Promise<LikedPropertyChangePage> {
    return this.changes.list(input, caller);
  }
}
