import { ApiSchema } from '@nestjs/swagger';
import { Flag, Int, List, Text, Time } from '../../http/answer-fields.js';

export const MAX_PRICES = 1_000;

@ApiSchema({ name: 'PriceStep' })
class PriceStepDto {
  @Int({
    min: Number.MIN_SAFE_INTEGER,
    description: 'Whole units of `currency`; `null` is unknown.',
    example: 420000000,
    null: true,
  })
  price: number | null;

  @Text({ maxLength: 3, description: 'ISO 4217.', example: 'COP' })
  currency: string;

  @Time({
    description: 'When the service first saw this price.',
    example: '2026-05-01T10:00:00.456Z',
  })
  at: string;

  @Flag({
    description:
      '`false`: the property is older than its first known price, so it may have had this price or another one before.',
    example: true,
  })
  since: boolean;
}

/** The prices that the service saw, newest first. */
@ApiSchema({ name: 'PriceHistory' })
export class PriceHistoryDto {
  @List(PriceStepDto, { maxItems: MAX_PRICES })
  items: PriceStepDto[];
}
