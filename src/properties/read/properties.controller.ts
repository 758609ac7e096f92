import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CallerOrNull, OptionalTokenIgnoreInvalid, Public } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { CachedAnswer } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { FacetsDto } from '../dto/facets.dto.js';
import { GetPropertyInput } from '../dto/get-property.input.js';
import { ListPropertiesInput } from '../dto/list-properties.input.js';
import { PropertyFilterInput } from '../dto/property-filter.input.js';
import { PropertyIdInput } from '../dto/property-id.input.js';
import { PropertyDto, PropertyPage, StatusHistoryDto } from '../dto/property.dto.js';
import { SimilarPropertiesDto, SimilarPropertiesInput } from '../dto/similar.dto.js';
import { PropertiesService } from './properties.service.js';

// A like raises no version.
const hasLikes = (query: Readonly<Record<string, unknown>>): boolean => query['include'] !== undefined;

@ApiTags('Properties')
@Controller('v1/properties')
export class PropertiesController {
  constructor(private readonly properties: PropertiesService) {}

  @Get()
  @OptionalTokenIgnoreInvalid()
  @CachedAnswer({
    for: 'public',
    dependsOn: ({ sort }) => (sort === 'popular' ? ['search', 'ranking'] : ['search']),
    exceptFor: hasLikes,
  })
  @Operation({
    summary: 'Search the properties that are or were for sale',
    description:
      'All filters can be combined. A property with an unknown value matches no filter on that value.',
    ok: { status: 200, type: PropertyPage, description: 'A page of properties.', headers: ['Link'] },
    problems: ['not-signed-in', 'not-staff', 'search-busy'],
  })
  listProperties(
    @Input() input: ListPropertiesInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<PropertyPage> {
    return this.properties.listProperties(input, caller);
  }

  @Get('facets')
  @Public()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'Count the properties of a search by city, status, property type, bedrooms, price and year',
    description:
      'Takes the filters of the list. Each facet is counted with all filters except its own, so a front end can show the alternatives.',
    ok: { status: 200, type: FacetsDto, description: 'The counts.' },
    problems: ['search-busy'],
  })
  getPropertyFacets(@Input() input: PropertyFilterInput): Promise<FacetsDto> {
    return this.properties.getFacets(input);
  }

  @Get(':id')
  @OptionalTokenIgnoreInvalid()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'], exceptFor: hasLikes })
  @Operation({
    summary: 'Get one property',
    description:
      'Staff also see hidden properties. Send the ETag of an answer without `fields` and `include` as `If-Match` when you change the property.',
    ok: { status: 200, type: PropertyDto, description: 'The property.' },
    problems: ['property-not-found'],
  })
  getProperty(@Input() input: GetPropertyInput, @CallerOrNull() caller: Caller | null): Promise<PropertyDto> {
    return this.properties.getProperty(input, caller);
  }

  @Get(':id/status-history')
  @Public()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'List the public status history of a property',
    description: 'Newest first. Only public statuses. Entries with the same status and time are shown once.',
    ok: { status: 200, type: StatusHistoryDto, description: 'The status history.' },
    problems: ['property-not-found'],
  })
  listPropertyStatusHistory(@Input() { id }: PropertyIdInput): Promise<StatusHistoryDto> {
    return this.properties.listStatusHistory(id);
  }

  @Get(':id/similar')
  @OptionalTokenIgnoreInvalid()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'], exceptFor: hasLikes })
  @Operation({
    summary: 'List similar properties',
    description:
      'Properties of the same type and city with a similar price, area and location. The most similar come first.',
    ok: { status: 200, type: SimilarPropertiesDto, description: 'The properties, each with the reason.' },
    problems: ['property-not-found'],
  })
  listSimilarProperties(
    @Input() input: SimilarPropertiesInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<SimilarPropertiesDto> {
    return this.properties.listSimilar(input, caller);
  }
}
