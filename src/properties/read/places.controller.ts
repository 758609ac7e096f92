import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../accounts/access.decorators.js';
import { CachedAnswer } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { FindPlacesInput, PlacesDto } from '../dto/places.dto.js';
import { PlacesService } from './places.service.js';

@ApiTags('Properties')
@Controller('v1/places')
export class PlacesController {
  constructor(private readonly places: PlacesService) {}

  @Get()
  @Public()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'Suggest cities and neighbourhoods for a search box',
    description: 'Up to 10 places with visible properties. Places with the most properties come first.',
    ok: { status: 200, type: PlacesDto, description: 'The places.' },
  })
  findPlaces(@Input() input: FindPlacesInput): Promise<PlacesDto> {
    return this.places.findPlaces(input);
  }
}
