import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PageInfo } from '../../../http/pagination.js';
import { PropertyDto } from '../../../properties/dto/property.dto.js';
import { WINDOWS } from '../../model/score.js';

const id = { type: 'integer', format: 'int64', example: 42 } as const;
const rank = { type: 'integer', nullable: true, example: 3 } as const;
const AsOf = (): PropertyDecorator =>
  ApiProperty({
    type: 'string',
    format: 'date-time',
    description: 'The moment that scores are computed for.',
    example: '2026-11-27T15:04:05.123Z',
  });

@ApiSchema({ name: 'RankedLikes' })
export class RankedLikesDto {
  @ApiProperty({ type: 'integer', description: 'Of the window; of 7 days for `trending`.', example: 12 })
  window: number;

  @ApiProperty({ type: 'integer', description: 'All that stand.', example: 57 })
  total: number;
}

@ApiSchema({ name: 'RankedProperty' })
export class RankedPropertyDto {
  @ApiProperty({ type: 'integer', description: 'Within the filters: 1, 2, 3, …', example: 1 })
  rank: number;

  @ApiProperty({ example: 9.7265625 })
  score: number;

  @ApiProperty({ type: RankedLikesDto })
  likes: RankedLikesDto;

  @ApiProperty({ ...rank, description: 'Seven days before; null: it had no score then.' })
  previousRank: number | null;

  @ApiProperty({ type: PropertyDto })
  property: PropertyDto;
}

export class RankingPage {
  @AsOf()
  asOf: string;

  @ApiProperty({ type: [RankedPropertyDto] })
  items: RankedPropertyDto[];

  @ApiProperty({ type: PageInfo })
  page: PageInfo;
}

@ApiSchema({ name: 'CityPlace' })
export class CityPlaceDto {
  @ApiProperty({ example: 'Bogotá' })
  name: string;

  @ApiProperty({ ...rank, example: 1 })
  rank: number | null;

  @ApiProperty({ type: 'integer', example: 310 })
  of: number;
}

@ApiSchema({ name: 'ScoreTerm' })
export class ScoreTermDto {
  @ApiProperty({ description: 'When these likes were made, in UTC days.', example: '1-6 days ago' })
  label: string;

  @ApiProperty({ type: 'integer', example: 9 })
  likes: number;

  @ApiProperty({ description: 'What one of them adds on average.', example: 0.75 })
  weight: number;

  @ApiProperty({ example: 6.75 })
  score: number;
}

@ApiSchema({ name: 'ScoreChange' })
export class ScoreChangeDto {
  @ApiProperty({ description: 'By likes made since.', example: 4.5 })
  gained: number;

  @ApiProperty({ description: 'By likes that stood then and do not any more; 0 or below.', example: -1 })
  takenBack: number;

  @ApiProperty({ description: 'By age, or by the end of the window; 0 or below.', example: -2.25 })
  aged: number;
}

@ApiSchema({ name: 'LikesOfDay' })
export class LikesOfDayDto {
  @ApiProperty({ type: 'string', format: 'date', example: '2026-11-22' })
  date: string;

  @ApiProperty({ type: 'integer', example: 3 })
  likes: number;

  @ApiProperty({ type: 'integer', example: 0 })
  unlikes: number;
}

@ApiSchema({ name: 'PropertyRanking' })
export class PropertyRankingDto {
  @ApiProperty(id)
  propertyId: number;

  @ApiProperty({ enum: ['trending', 'likes'], example: 'trending' })
  by: string;

  @ApiProperty({ enum: WINDOWS, description: 'What `likes.window` counts.', example: '7d' })
  window: string;

  @AsOf()
  asOf: string;

  @ApiProperty({ ...rank, description: 'Among homes of its availability; null: without a score.' })
  rank: number | null;

  @ApiProperty({ type: 'integer', description: 'How many have a rank.', example: 1_240 })
  of: number;

  @ApiProperty({ type: CityPlaceDto, nullable: true, description: 'null: its city is unknown.' })
  city: CityPlaceDto | null;

  @ApiProperty({ example: 9.7265625 })
  score: number;

  @ApiProperty({ type: [ScoreTermDto], description: 'What the score is made of: they add up to it.' })
  terms: ScoreTermDto[];

  @ApiProperty({ type: RankedLikesDto })
  likes: RankedLikesDto;

  @ApiProperty({ ...rank, description: 'Seven days before; null: it had no score then.' })
  previousRank: number | null;

  @ApiProperty({
    type: ScoreChangeDto,
    description: 'From the score of seven days before, of the likes that stood then; the three add up to it.',
  })
  change: ScoreChangeDto;

  @ApiProperty({
    type: [LikesOfDayDto],
    description: 'The last 90 UTC days, today last: every like and unlike on its day.',
  })
  series: LikesOfDayDto[];

  @ApiProperty({ type: PropertyDto })
  property: PropertyDto;
}

@ApiSchema({ name: 'LikeSeries' })
class LikeSeriesDto {
  @ApiProperty(id)
  propertyId: number;

  @ApiProperty({ type: [LikesOfDayDto], description: 'The last 90 UTC days, today last.' })
  series: LikesOfDayDto[];
}

export class LikeSeriesListDto {
  @AsOf()
  asOf: string;

  @ApiProperty({
    type: [LikeSeriesDto],
    description: 'Of the visible ones among them, in the order of their ids.',
  })
  items: LikeSeriesDto[];
}

@ApiSchema({ name: 'RankedCity' })
export class RankedCityDto {
  @ApiProperty({ example: 'Bogotá' })
  city: string;

  @ApiProperty({ type: 'integer', example: 812 })
  visibleProperties: number;

  @ApiProperty({ type: 'integer', description: 'Of its visible homes, in the window.', example: 1_930 })
  likes: number;

  @ApiProperty({ example: 2.376847290640394 })
  likesPerProperty: number;

  @ApiProperty({
    type: PropertyDto,
    nullable: true,
    description: 'The one with the most likes of the window.',
  })
  topProperty: PropertyDto | null;
}

export class CityRankingDto {
  @AsOf()
  asOf: string;

  @ApiProperty({ type: [RankedCityDto], description: 'Most likes first, then by name.' })
  items: RankedCityDto[];
}
