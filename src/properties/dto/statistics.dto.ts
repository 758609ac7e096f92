import { ApiSchema } from '@nestjs/swagger';
import { Decimal, Int, List, Month, Nested } from '../../http/answer-fields.js';
import { SHOWN_MONTHS } from '../model/market.js';

const COUNT = { description: 'The properties whose value is known.', example: 80 };
const WHOLE = { min: Number.MIN_SAFE_INTEGER, null: true } as const;

@ApiSchema({ name: 'WholeNumbers' })
class WholeNumbersDto {
  @Int(COUNT)
  count: number;

  @Int({ ...WHOLE, example: 117 })
  min: number | null;

  @Int({ ...WHOLE, example: 240 })
  p25: number | null;

  @Int({ ...WHOLE, example: 310 })
  median: number | null;

  @Int({ ...WHOLE, example: 395 })
  p75: number | null;

  @Int({ ...WHOLE, example: 980 })
  max: number | null;
}

@ApiSchema({ name: 'DecimalNumbers' })
class DecimalNumbersDto {
  @Int(COUNT)
  count: number;

  @Decimal({ example: 38.5, null: true })
  min: number | null;

  @Decimal({ example: 61, null: true })
  p25: number | null;

  @Decimal({ example: 78.25, null: true })
  median: number | null;

  @Decimal({ example: 104.5, null: true })
  p75: number | null;

  @Decimal({ example: 410, null: true })
  max: number | null;
}

@ApiSchema({ name: 'MarketMonth' })
class MarketMonthDto {
  @Month()
  month: string;

  @Int({ description: 'Became public for the first time.', example: 12 })
  published: number;

  @Int({ description: 'Became `vendido`.', example: 5 })
  sold: number;

  @Int({ description: 'Were available at the last moment of the month, or are now.', example: 80 })
  available: number;
}

/** Statistics of the properties of a search. */
@ApiSchema({ name: 'Statistics' })
export class StatisticsDto {
  @Int({ description: 'The number of properties, as `page.total` of the list.', example: 80 })
  total: number;

  @Nested(WholeNumbersDto, { description: 'Whole units of the currency.' })
  price: WholeNumbersDto;

  @Nested(DecimalNumbersDto)
  pricePerSquareMetre: DecimalNumbersDto;

  @Nested(DecimalNumbersDto, { description: 'm².' })
  area: DecimalNumbersDto;

  @Nested(WholeNumbersDto, { description: 'Whole days.' })
  daysOnMarket: WholeNumbersDto;

  @List(MarketMonthDto, { maxItems: SHOWN_MONTHS, description: 'Oldest first; the last one is this month.' })
  months: MarketMonthDto[];
}
