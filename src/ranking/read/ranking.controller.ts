import { Controller, Get, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StaffOnly } from '../../accounts/access.decorators.js';
import { CachedAnswer, type CachedAnswerOptions } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { LookupInput } from '../../likes/dto/likes.dto.js';
import { CityRankingService } from './city-ranking.service.js';
import { CityRankingDto, LikeSeriesListDto, PropertyRankingDto, RankingPage } from './dto/ranking.dto.js';
import {
  CityRankingInput,
  ExportRankingInput,
  ListRankingInput,
  PropertyRankingInput,
} from './dto/ranking.input.js';
import { PropertyRankingService } from './property-ranking.service.js';
import { RankingCsv } from './ranking-csv.js';
import { RankingService } from './ranking.service.js';

// An answer says when it was right (`asOf`), which must be at most 2 seconds ago.
const RANKING: CachedAnswerOptions = {
  for: 'staff',
  dependsOn: () => ['search', 'ranking'],
  maxAge: 1_000,
};

@ApiTags('Ranking')
@StaffOnly({ withCookie: true })
@Controller('v1/ranking')
export class RankingController {
  constructor(
    private readonly ranking: RankingService,
    private readonly propertyRankings: PropertyRankingService,
    private readonly cities: CityRankingService,
    private readonly csv: RankingCsv,
  ) {}

  @Get('properties')
  @CachedAnswer(RANKING)
  @Operation({
    summary: 'Rank properties by likes',
    description:
      'Visible properties with a score above 0, highest first; of equal scores more total likes first, then the lower id. Ranks count the properties that match the filters. All pages show the ranking as it was at the first page.',
    ok: { status: 200, type: RankingPage, description: 'A page of the ranking.', headers: ['Link'] },
    problems: ['not-staff'],
  })
  listPropertyRanking(@Input() input: ListRankingInput): Promise<RankingPage> {
    return this.ranking.listRanking(input);
  }

  @Get('properties.csv')
  @Operation({
    summary: 'Export the whole ranking as CSV',
    description: 'RFC 4180 in UTF-8. An apostrophe precedes text that a spreadsheet would read as a formula.',
    ok: {
      status: 200,
      contentType: 'text/csv',
      description: 'All properties of the ranking, in its order.',
      headers: ['Content-Disposition'],
    },
    problems: ['not-staff', 'downloads-busy'],
  })
  exportPropertyRanking(@Input() input: ExportRankingInput): Promise<StreamableFile> {
    return this.csv.write(input);
  }

  @Get('properties/:id')
  @Operation({
    summary: 'Explain the rank of a property',
    description: 'The rank is among properties with the same availability.',
    ok: { status: 200, type: PropertyRankingDto, description: 'Its rank, and the parts of its score.' },
    problems: ['not-staff', 'property-not-found'],
  })
  getPropertyRanking(@Input() input: PropertyRankingInput): Promise<PropertyRankingDto> {
    return this.propertyRankings.explain(input);
  }

  @Get('series')
  @Operation({
    summary: 'List the likes of several properties per day',
    description: 'One call is enough for the small charts of a list.',
    ok: { status: 200, type: LikeSeriesListDto, description: 'One series per visible property.' },
    problems: ['not-staff'],
  })
  listLikeSeries(@Input() input: LookupInput): Promise<LikeSeriesListDto> {
    return this.propertyRankings.listSeries(input);
  }

  @Get('cities')
  @CachedAnswer(RANKING)
  @Operation({
    summary: 'Compare cities by likes',
    description: 'Counts available and sold properties. Sorted by likes, most first, then by name.',
    ok: { status: 200, type: CityRankingDto, description: 'All cities that have visible properties.' },
    problems: ['not-staff'],
  })
  listCityRanking(@Input() input: CityRankingInput): Promise<CityRankingDto> {
    return this.cities.compare(input);
  }
}
