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
    description: 'The time that scores are computed for.',
    example: '2026-11-27T15:04:05.123Z',
  });

@ApiSchema({ name: 'RankedLikes' })
export class RankedLikesDto {
  @ApiProperty({
    type: 'integer',
    description: 'Likes in the window; for `trending`, of the last 7 days.',
    example: 12,
  })
  window: number;

  @ApiProperty({ type: 'integer', description: 'All current likes.', example: 57 })
  total: number;
}

@ApiSchema({ name: 'RankedProperty' })
export class RankedPropertyDto {
  @ApiProperty({
    type: 'integer',
    description: 'The rank among properties that match the filters: 1, 2, 3, …',
    example: 1,
  })
  rank: number;

  @ApiProperty({ example: 9.7265625 })
  score: number;

  @ApiProperty({ type: RankedLikesDto })
  likes: RankedLikesDto;

  @ApiProperty({ ...rank, description: 'The rank seven days before; `null` without a score then.' })
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
  @ApiProperty({ description: 'The age of these likes in UTC days, in English.', example: '1-6 days ago' })
  label: string;

  @ApiProperty({
    type: 'integer',
    description: 'The least age of these likes, in UTC days; 0 is today.',
    example: 1,
  })
  fromDays: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The greatest age of these likes, in UTC days, inclusive; `null` without a limit.',
    example: 6,
  })
  toDays: number | null;

  @ApiProperty({ type: 'integer', example: 9 })
  likes: number;

  @ApiProperty({ description: 'The average score of one of these likes.', example: 0.75 })
  weight: number;

  @ApiProperty({ example: 6.75 })
  score: number;
}

@ApiSchema({ name: 'ScoreChange' })
export class ScoreChangeDto {
  @ApiProperty({ description: 'Score gained by likes made since then.', example: 4.5 })
  gained: number;

  @ApiProperty({
    description:
      'Score lost by likes that counted then and were removed since; 0 or below. A like that was made and removed since then counts in no part of the change.',
    example: -1,
  })
  takenBack: number;

  @ApiProperty({
    description: 'Score lost because likes aged or left the window; 0 or below.',
    example: -2.25,
  })
  aged: number;
}

@ApiSchema({ name: 'LikesOfDay' })
export class LikesOfDayDto {
  @ApiProperty({ type: 'string', format: 'date', example: '2026-11-22' })
  date: string;

  @ApiProperty({
    type: 'integer',
    description: 'Likes made on this day, also those that were removed later.',
    example: 3,
  })
  likes: number;

  @ApiProperty({ type: 'integer', description: 'Unlikes made on this day, of likes of any age.', example: 0 })
  unlikes: number;
}

@ApiSchema({ name: 'PropertyRanking' })
export class PropertyRankingDto {
  @ApiProperty(id)
  propertyId: number;

  @ApiProperty({ enum: ['trending', 'likes'], example: 'trending' })
  by: string;

  @ApiProperty({ enum: WINDOWS, description: 'The window of `likes.window`.', example: '7d' })
  window: string;

  @AsOf()
  asOf: string;

  @ApiProperty({
    ...rank,
    description: 'The rank among properties with the same availability; `null` without a score.',
  })
  rank: number | null;

  @ApiProperty({ type: 'integer', description: 'The number of properties that have a rank.', example: 1_240 })
  of: number;

  @ApiProperty({ type: CityPlaceDto, nullable: true, description: '`null` when the city is unknown.' })
  city: CityPlaceDto | null;

  @ApiProperty({ example: 9.7265625 })
  score: number;

  @ApiProperty({
    type: [ScoreTermDto],
    description: 'The parts of the score by the age of the likes. Their sum is the score.',
  })
  terms: ScoreTermDto[];

  @ApiProperty({ type: RankedLikesDto })
  likes: RankedLikesDto;

  @ApiProperty({ ...rank, description: 'The rank seven days before; `null` without a score then.' })
  previousRank: number | null;

  @ApiProperty({
    type: ScoreChangeDto,
    description:
      'The change since seven days before. `score` minus the sum of these three is the score then, of the likes that existed then.',
  })
  change: ScoreChangeDto;

  @ApiProperty({
    type: [LikesOfDayDto],
    description: 'The last 90 UTC days, today last: the number of likes and unlikes made on each day.',
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
    description: 'One series per visible property, ordered by id.',
  })
  items: LikeSeriesDto[];
}

@ApiSchema({ name: 'RankedCity' })
export class RankedCityDto {
  @ApiProperty({ example: 'Bogotá' })
  city: string;

  @ApiProperty({ type: 'integer', example: 812 })
  visibleProperties: number;

  @ApiProperty({
    type: 'integer',
    description: 'Likes of its visible properties in the window.',
    example: 1_930,
  })
  likes: number;

  @ApiProperty({ example: 2.376847290640394 })
  likesPerProperty: number;

  @ApiProperty({
    type: PropertyDto,
    nullable: true,
    description: 'The property with most likes in the window.',
  })
  topProperty: PropertyDto | null;
}

export class CityRankingDto {
  @AsOf()
  asOf: string;

  @ApiProperty({ type: [RankedCityDto], description: 'Most likes first, then by name.' })
  items: RankedCityDto[];
}
