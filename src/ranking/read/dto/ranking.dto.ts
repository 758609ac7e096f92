import { Day, Decimal, Id, Int, List, Nested, Text, Time, Word } from '../../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import { PageInfo } from '../../../http/pagination.js';
import { PropertyDto } from '../../../properties/dto/property.dto.js';
import { WINDOWS } from '../../model/score.js';
import { TRUST_REASONS } from '../../model/trust-reasons.js';

const AsOf = (): PropertyDecorator =>
  Time({ description: 'The time that scores are computed for.', example: '2026-11-27T15:04:05.123Z' });

@ApiSchema({ name: 'RankedLikes' })
export class RankedLikesDto {
  @Int({ description: 'Trusted likes in the window; for `trending`, of the last 7 days.', example: 12 })
  window: number;

  @Int({ description: 'All current likes.', example: 57 })
  total: number;

  @Int({
    description: 'The current likes of trusted accounts. Only these count in scores and ranks.',
    example: 55,
  })
  trusted: number;
}

@ApiSchema({ name: 'RankedProperty' })
export class RankedPropertyDto {
  @Int({ min: 1, description: 'The rank among properties that match the filters: 1, 2, 3, …', example: 1 })
  rank: number;

  @Decimal({ example: 9.7265625 })
  score: number;

  @Nested(RankedLikesDto)
  likes: RankedLikesDto;

  @Int({
    min: 1,
    null: true,
    description: 'The rank seven days before; `null` without a score then.',
    example: 3,
  })
  previousRank: number | null;

  @Nested(PropertyDto)
  property: PropertyDto;
}

export class RankingPage {
  @AsOf()
  asOf: string;

  @List(RankedPropertyDto, { maxItems: 100 })
  items: RankedPropertyDto[];

  @Nested(PageInfo)
  page: PageInfo;
}

@ApiSchema({ name: 'CityPlace' })
export class CityPlaceDto {
  @Text({ maxLength: 120, example: 'Bogotá' })
  name: string;

  @Int({ min: 1, null: true, example: 1 })
  rank: number | null;

  @Int({ example: 310 })
  of: number;
}

@ApiSchema({ name: 'ScoreTerm' })
export class ScoreTermDto {
  @Text({
    maxLength: 64,
    description: 'The age of these likes in UTC days, in English.',
    example: '1-6 days ago',
  })
  label: string;

  @Int({ description: 'The least age of these likes, in UTC days; 0 is today.', example: 1 })
  fromDays: number;

  @Int({
    description: 'The greatest age of these likes, in UTC days, inclusive; `null` without a limit.',
    example: 6,
    null: true,
  })
  toDays: number | null;

  @Int({ example: 9 })
  likes: number;

  @Decimal({ description: 'The average score of one of these likes.', example: 0.75 })
  weight: number;

  @Decimal({ example: 6.75 })
  score: number;
}

@ApiSchema({ name: 'ScoreChange' })
export class ScoreChangeDto {
  @Decimal({ description: 'Score gained by likes made since then.', example: 4.5 })
  gained: number;

  @Decimal({
    description:
      'Score lost by likes that counted then and were removed since; 0 or below. A like that was made and removed since then counts in no part of the change.',
    example: -1,
  })
  takenBack: number;

  @Decimal({ description: 'Score lost because likes aged or left the window; 0 or below.', example: -2.25 })
  aged: number;
}

@ApiSchema({ name: 'LikesOfDay' })
export class LikesOfDayDto {
  @Day()
  date: string;

  @Int({ description: 'Likes made on this day, also those that were removed later.', example: 3 })
  likes: number;

  @Int({ description: 'Unlikes made on this day, of likes of any age.', example: 0 })
  unlikes: number;
}

@ApiSchema({ name: 'UntrustedLikes' })
export class UntrustedLikesDto {
  @Word({
    words: TRUST_REASONS,
    description: 'The rule that found their accounts, or `staff`.',
    example: 'burst',
  })
  reason: string;

  @Text({
    maxLength: 200,
    description: 'The reason as a sentence, in English.',
    example: 'The account liked at least 20 properties within a minute.',
  })
  explanation: string;

  @Int({ min: 1, example: 2 })
  likes: number;
}

@ApiSchema({ name: 'PropertyRanking' })
export class PropertyRankingDto {
  @Id()
  propertyId: number;

  @Word({ words: ['trending', 'likes'], example: 'trending' })
  by: string;

  @Word({ words: WINDOWS, description: 'The window of `likes.window`.', example: '7d' })
  window: string;

  @AsOf()
  asOf: string;

  @Int({
    min: 1,
    null: true,
    description: 'The rank among properties with the same availability; `null` without a score.',
    example: 3,
  })
  rank: number | null;

  @Int({ description: 'The number of properties that have a rank.', example: 1_240 })
  of: number;

  @Nested(CityPlaceDto, { description: '`null` when the city is unknown.', null: true })
  city: CityPlaceDto | null;

  @Decimal({ example: 9.7265625 })
  score: number;

  @List(ScoreTermDto, {
    maxItems: 10,
    description: 'The parts of the score by the age of the likes. Their sum is the score.',
  })
  terms: ScoreTermDto[];

  @Nested(RankedLikesDto)
  likes: RankedLikesDto;

  @List(UntrustedLikesDto, { maxItems: 4, description: 'The current likes that do not count, and why.' })
  untrusted: UntrustedLikesDto[];

  @Int({
    min: 1,
    null: true,
    description: 'The rank seven days before; `null` without a score then.',
    example: 3,
  })
  previousRank: number | null;

  @Nested(ScoreChangeDto, {
    description:
      'The change since seven days before. `score` minus the sum of these three is the score then, of the likes that existed then.',
  })
  change: ScoreChangeDto;

  @List(LikesOfDayDto, {
    maxItems: 90,
    description: 'The last 90 UTC days, today last: the number of likes and unlikes made on each day.',
  })
  series: LikesOfDayDto[];

  @Nested(PropertyDto)
  property: PropertyDto;
}

@ApiSchema({ name: 'LikeSeries' })
class LikeSeriesDto {
  @Id()
  propertyId: number;

  @List(LikesOfDayDto, { maxItems: 90, description: 'The last 90 UTC days, today last.' })
  series: LikesOfDayDto[];
}

@ApiSchema({ name: 'LikeSeriesList' })
export class LikeSeriesListDto {
  @AsOf()
  asOf: string;

  @List(LikeSeriesDto, { maxItems: 100, description: 'One series per visible property, ordered by id.' })
  items: LikeSeriesDto[];
}

@ApiSchema({ name: 'RankedCity' })
export class RankedCityDto {
  @Text({ maxLength: 32, example: 'Bogotá' })
  city: string;

  @Int({ example: 812 })
  visibleProperties: number;

  @Int({ description: 'Likes of its visible properties in the window.', example: 1_930 })
  likes: number;

  @Decimal({ example: 2.376847290640394 })
  likesPerProperty: number;

  @Nested(PropertyDto, { description: 'The property with most likes in the window.', null: true })
  topProperty: PropertyDto | null;
}

@ApiSchema({ name: 'CityRanking' })
export class CityRankingDto {
  @AsOf()
  asOf: string;

  @List(RankedCityDto, { maxItems: 100_000, description: 'Most likes first, then by name.' })
  items: RankedCityDto[];
}
