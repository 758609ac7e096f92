import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CallerOrNull, OptionallySignedIn, Public } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { Input } from '../../http/input.js';
import { LINK_HEADER, Operation } from '../../http/operation.js';
import { FacetsDto } from '../dto/facets.dto.js';
import { ListPropertiesInput } from '../dto/list-properties.input.js';
import { PropertyFilterInput } from '../dto/property-filter.input.js';
import { PropertyIdInput } from '../dto/property-id.input.js';
import { PropertyDto, PropertyPage, StatusHistoryDto } from '../dto/property.dto.js';
import { SimilarPropertiesDto, SimilarPropertiesInput } from '../dto/similar.dto.js';
import { PropertiesService } from './properties.service.js';

@ApiTags('Properties')
@Controller('v1/properties')
export class PropertiesController {
  constructor(private readonly properties: PropertiesService) {}

  @Get()
  @OptionallySignedIn()
  @Operation({
    summary: 'Search the homes that are, or were, for sale',
    description:
      'All filters can be combined. A home whose value is unknown matches no filter on that value.',
    input: ListPropertiesInput,
    ok: { status: 200, type: PropertyPage, description: 'A page of homes.', headers: LINK_HEADER },
    problems: [400, 401, 403],
  })
  listProperties(
    @Input() input: ListPropertiesInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<PropertyPage> {
    return this.properties.listProperties(input, caller);
  }

  @Get('facets')
  @Public()
  @Operation({
    summary: 'How many homes a search has, by city, status, kind, bedrooms, price and year',
    description:
      'Takes the filters of the list. Each facet is counted with every filter but its own, so that a front end can show the alternatives.',
    input: PropertyFilterInput,
    ok: { status: 200, type: FacetsDto, description: 'The counts.' },
    problems: [400],
  })
  getPropertyFacets(@Input() input: PropertyFilterInput): Promise<FacetsDto> {
    return this.properties.getFacets(input);
  }

  @Get(':id')
  @OptionallySignedIn()
  @Operation({
    summary: 'One home',
    description: 'Staff see hidden ones, too. The ETag is what `If-Match` of a change takes.',
    input: PropertyIdInput,
    ok: { status: 200, type: PropertyDto, description: 'The home.' },
    problems: [400, 404],
  })
  getProperty(@Input() { id }: PropertyIdInput, @CallerOrNull() caller: Caller | null): Promise<PropertyDto> {
    return this.properties.getProperty(id, caller);
  }

  @Get(':id/status-history')
  @Public()
  @Operation({
    summary: 'The public timeline of a home',
    description: 'Newest first. Only public statuses; an exact repeat is told once.',
    input: PropertyIdInput,
    ok: { status: 200, type: StatusHistoryDto, description: 'The timeline.' },
    problems: [400, 404],
  })
  listPropertyStatusHistory(@Input() { id }: PropertyIdInput): Promise<StatusHistoryDto> {
    return this.properties.listStatusHistory(id);
  }

  @Get(':id/similar')
  @Public()
  @Operation({
    summary: 'Homes like this one',
    description: 'Of the same kind and city, near in price, size and place; the most alike first.',
    input: SimilarPropertiesInput,
    ok: { status: 200, type: SimilarPropertiesDto, description: 'The homes, and why each is there.' },
    problems: [400, 404],
  })
  listSimilarProperties(@Input() input: SimilarPropertiesInput): Promise<SimilarPropertiesDto> {
    return this.properties.listSimilar(input);
  }
}
