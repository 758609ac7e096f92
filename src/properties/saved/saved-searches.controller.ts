import { Body, Controller, Delete, Get, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SignedIn, SignedInCaller } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { PropertyPage } from '../dto/property.dto.js';
import {
  CreateSearchDto,
  ListNewPropertiesInput,
  PatchSearchDto,
  SavedSearchDto,
  SavedSearchesDto,
  SearchIdInput,
} from '../dto/saved-searches.dto.js';
import { SavedSearchesService } from './saved-searches.service.js';

@ApiTags('Properties')
@SignedIn()
@Controller('v1/me/searches')
export class SavedSearchesController {
  constructor(private readonly searches: SavedSearchesService) {}

  @Post()
  @Operation({
    summary: 'Save a search',
    description: 'At most 50. A query that means the same as a saved one is that one.',
    ok: { status: 201, type: SavedSearchDto, description: 'The new search.', headers: ['Location'] },
    or: { status: 200, type: SavedSearchDto, description: 'The search that has this query already.' },
    problems: ['too-many-searches', 'search-busy'],
  })
  async createSavedSearch(
    @Body() body: CreateSearchDto,
    @SignedInCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedSearchDto> {
    const { search, isNew } = await this.searches.create(caller.id, body);
    if (isNew) reply.header('location', `searches/${search.id}`);
    else reply.status(200);
    return search;
  }

  @Get()
  @Operation({
    summary: 'List my saved searches, with the number of new properties of each',
    description: '`new` counts to 100.',
    ok: { status: 200, type: SavedSearchesDto, description: 'The searches, the oldest first.' },
    problems: ['search-busy'],
  })
  listSavedSearches(@SignedInCaller() caller: Caller): Promise<SavedSearchesDto> {
    return this.searches.list(caller.id);
  }

  @Get(':id')
  @Operation({
    summary: 'Get one of my saved searches',
    description: 'With the number of its new properties.',
    ok: { status: 200, type: SavedSearchDto, description: 'The search.' },
    problems: ['search-not-found', 'search-busy'],
  })
  getSavedSearch(@Input() { id }: SearchIdInput, @SignedInCaller() caller: Caller): Promise<SavedSearchDto> {
    return this.searches.get(caller.id, id);
  }

  @Patch(':id')
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @Operation({
    summary: 'Change the name or the query of a saved search',
    description: 'Absent fields stay as they are.',
    ok: { status: 200, type: SavedSearchDto, description: 'The search after the change.' },
    problems: ['search-not-found', 'search-busy'],
  })
  updateSavedSearch(
    @Input() { id }: SearchIdInput,
    @Body() body: PatchSearchDto,
    @SignedInCaller() caller: Caller,
  ): Promise<SavedSearchDto> {
    return this.searches.patch(caller.id, id, body);
  }

  @Delete(':id')
  @Operation({
    summary: 'Delete a saved search',
    description: 'Its new properties are not counted any more.',
    ok: { status: 204, description: 'Deleted.' },
    problems: ['search-not-found'],
  })
  deleteSavedSearch(@Input() { id }: SearchIdInput, @SignedInCaller() caller: Caller): Promise<void> {
    return this.searches.delete(caller.id, id);
  }

  @Get(':id/properties')
  @Operation({
    summary: 'List the new properties of a saved search',
    description:
      'Those that match and became public since `seenAt`, the newest first. A page can have fewer than `limit`, or none, before the last one.',
    ok: { status: 200, type: PropertyPage, description: 'A page of properties.', headers: ['Link'] },
    problems: ['search-not-found', 'search-busy'],
  })
  listNewProperties(
    @Input() input: ListNewPropertiesInput,
    @SignedInCaller() caller: Caller,
    @Req() { method }: FastifyRequest,
  ): Promise<PropertyPage> {
    // A HEAD shows no property: nothing was seen.
    return this.searches.listNew(caller.id, { ...input, seen: input.seen && method !== 'HEAD' });
  }
}
