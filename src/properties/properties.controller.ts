import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../accounts/access.decorators.js';
import { Input } from '../http/input.js';
import { LINK_HEADER, Operation } from '../http/operation.js';
import { ListPropertiesInput } from './dto/list-properties.input.js';
import { PropertyIdInput } from './dto/property-id.input.js';
import { PropertyDto, PropertyPage, StatusHistoryDto } from './dto/property.dto.js';
import { PropertiesService } from './properties.service.js';

@ApiTags('Properties')
@Controller('v1/properties')
export class PropertiesController {
  constructor(private readonly properties: PropertiesService) {}

  @Get()
  @Public()
  @Operation({
    summary: 'Search the homes that are, or were, for sale',
    description:
      'All filters can be combined. A home whose value is unknown matches no filter on that value.',
    input: ListPropertiesInput,
    ok: { status: 200, type: PropertyPage, description: 'A page of homes.', headers: LINK_HEADER },
    problems: [400],
  })
  listProperties(@Input() input: ListPropertiesInput): Promise<PropertyPage> {
    return this.properties.listProperties(input);
  }

  @Get(':id')
  @Public()
  @Operation({
    summary: 'One home',
    input: PropertyIdInput,
    ok: { status: 200, type: PropertyDto, description: 'The home.' },
    problems: [400, 404],
  })
  getProperty(@Input() { id }: PropertyIdInput): Promise<PropertyDto> {
    return this.properties.getProperty(id);
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
}
