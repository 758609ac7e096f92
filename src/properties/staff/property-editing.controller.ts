import { Body, Controller, Get, Headers, Patch, Post, Res } from '@nestjs/common';
import { ApiConsumes, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SignedInCaller, StaffOnly } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { etagOf } from '../../http/conditional-requests.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { AppendStatusDto, CreatePropertyDto, PatchPropertyDto } from '../dto/edit-property.dto.js';
import { PropertyIdInput } from '../dto/property-id.input.js';
import { PropertyDto } from '../dto/property.dto.js';
import { VisibilityDto } from '../dto/visibility.dto.js';
import { PropertiesService } from '../read/properties.service.js';
import { PropertyEditingService } from './property-editing.service.js';

/** Endpoints for staff. */
@ApiTags('Properties')
@Controller('v1/properties')
@StaffOnly()
export class PropertyEditingController {
  constructor(
    private readonly editing: PropertyEditingService,
    private readonly properties: PropertiesService,
  ) {}

  @Post()
  @Operation({
    summary: 'Add a property',
    description: 'The first status is valid from now on. A property with a public status is visible at once.',
    ok: {
      status: 201,
      type: PropertyDto,
      description: 'The new property.',
      headers: ['Location', 'ETag'],
    },
    problems: ['not-staff'],
  })
  async createProperty(
    @Body() body: CreatePropertyDto,
    @SignedInCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    const property = await this.editing.create(body, caller.id);
    // Relative to …/v1/properties (RFC 9110, 10.2.2): stays correct when a proxy strips a path prefix.
    reply.header('location', `properties/${property.id}`);
    return withETag(reply, property);
  }

  @Patch(':id')
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ApiHeader({
    name: 'If-Match',
    description: 'The ETag of the property as you read it. If it has changed since, the answer is 412.',
    required: false,
    schema: { type: 'string', maxLength: 16_000 },
  })
  @Operation({
    summary: 'Change a property',
    description: 'A JSON merge patch (RFC 7396). Absent fields stay as they are; `null` clears a field.',
    ok: {
      status: 200,
      type: PropertyDto,
      description: 'The property after the change.',
      headers: ['ETag'],
    },
    problems: ['not-staff', 'property-not-found', 'property-has-changed'],
  })
  async updateProperty(
    @Input() { id }: PropertyIdInput,
    @Body() body: PatchPropertyDto,
    @Headers('if-match') ifMatch: string | undefined,
    @SignedInCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return withETag(reply, await this.editing.patch(id, body, ifMatch, caller.id));
  }

  @Post(':id/status')
  @Operation({
    summary: 'Give a property another status',
    description: 'Adds the status to the status history. Existing entries of the history never change.',
    ok: {
      status: 201,
      type: PropertyDto,
      description: 'The property after the change.',
      headers: ['ETag'],
    },
    problems: ['not-staff', 'property-not-found'],
  })
  async appendPropertyStatus(
    @Input() { id }: PropertyIdInput,
    @Body() body: AppendStatusDto,
    @SignedInCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return withETag(reply, await this.editing.appendStatus(id, body, caller.id));
  }

  @Get(':id/visibility')
  @Operation({
    summary: 'Explain why the public sees or does not see a property',
    description: 'The current status decides: the public sees a property while its current status is public.',
    ok: {
      status: 200,
      type: VisibilityDto,
      description: 'The reason, and the rows of the status history behind it.',
    },
    problems: ['not-staff', 'property-not-found'],
  })
  getPropertyVisibility(@Input() { id }: PropertyIdInput): Promise<VisibilityDto> {
    return this.properties.explainVisibility(id);
  }
}

function withETag(reply: FastifyReply, property: PropertyDto): PropertyDto {
  reply.header('etag', etagOf(JSON.stringify(property)));
  return property;
}
