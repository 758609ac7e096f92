import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../accounts/access.decorators.js';
import { CachedAnswer } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { PropertyFilterInput } from '../dto/property-filter.input.js';
import { StatisticsDto } from '../dto/statistics.dto.js';
import { StatisticsService } from './statistics.service.js';

@ApiTags('Properties')
@Controller('v1/properties/statistics')
export class StatisticsController {
  constructor(private readonly statistics: StatisticsService) {}

  @Get()
  @Public()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'Summarise the prices, areas and days on the market of a search',
    description:
      'Takes the filters of the list. Unknown values do not count. Quartiles are interpolated linearly. A price per m² needs a price and an area above 0. `months` are the last 24 months in UTC.',
    ok: { status: 200, type: StatisticsDto, description: 'The statistics.' },
    problems: ['search-busy'],
  })
  getPropertyStatistics(@Input() input: PropertyFilterInput): Promise<StatisticsDto> {
    return this.statistics.getStatistics(input);
  }
}
