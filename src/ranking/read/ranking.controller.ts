import { Controller, Get, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StaffOnly } from '../../accounts/access.decorators.js';
import { Input } from '../../http/input.js';
import { LINK_HEADER, Operation } from '../../http/operation.js';
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

@ApiTags('Ranking')
@StaffOnly({ withCookie: true })
@Controller('v1/ranking')
export class RankingController {
  constructor(
    private readonly ranking: RankingService,
    private readonly homes: PropertyRankingService,
    private readonly cities: CityRankingService,
    private readonly csv: RankingCsv,
  ) {}

  @Get('properties')
  @Operation({
    summary: 'The most attractive homes',
    description:
      'Visible homes with a score above 0, the highest first; of equal ones the one with more likes in all, then the lower id. Ranks count within the filters. All pages are of the moment of the first.',
    input: ListRankingInput,
    ok: { status: 200, type: RankingPage, description: 'A page of the ranking.', headers: LINK_HEADER },
    problems: [400, 401, 403],
  })
  listPropertyRanking(@Input() input: ListRankingInput): Promise<RankingPage> {
    return this.ranking.listRanking(input);
  }

  @Get('properties.csv')
  @Operation({
    summary: 'The whole ranking as CSV',
    description:
      'RFC 4180 in UTF-8. What a spreadsheet would take for a formula has an apostrophe before it.',
    input: ExportRankingInput,
    ok: {
      status: 200,
      contentType: 'text/csv',
      description: 'All homes that the list has on all its pages.',
    },
    problems: [400, 401, 403],
  })
  exportPropertyRanking(@Input() input: ExportRankingInput): Promise<StreamableFile> {
    return this.csv.write(input);
  }

  @Get('properties/:id')
  @Operation({
    summary: 'Why a home has its rank',
    description: 'Ranked among the homes of its availability.',
    input: PropertyRankingInput,
    ok: { status: 200, type: PropertyRankingDto, description: 'Its place, and what its score is made of.' },
    problems: [400, 401, 403, 404],
  })
  getPropertyRanking(@Input() input: PropertyRankingInput): Promise<PropertyRankingDto> {
    return this.homes.explain(input);
  }

  @Get('series')
  @Operation({
    summary: 'The likes of several homes, day by day',
    input: LookupInput,
    ok: { status: 200, type: LikeSeriesListDto, description: 'Each as in the detail of a home.' },
    problems: [400, 401, 403],
  })
  listLikeSeries(@Input() input: LookupInput): Promise<LikeSeriesListDto> {
    return this.homes.listSeries(input);
  }

  @Get('cities')
  @Operation({
    summary: 'Cities side by side',
    description: 'Homes that can be bought and homes that were sold; most likes first, then by name.',
    input: CityRankingInput,
    ok: { status: 200, type: CityRankingDto, description: 'Every city that has visible homes.' },
    problems: [400, 401, 403],
  })
  listCityRanking(@Input() input: CityRankingInput): Promise<CityRankingDto> {
    return this.cities.compare(input);
  }
}
