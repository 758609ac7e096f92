import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CallerOrNull, OptionalTokenIgnoreInvalid } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { CachedAnswer } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { PriceHistoryDto } from '../dto/price-history.dto.js';
import { PropertyIdInput } from '../dto/property-id.input.js';
import { PriceHistoryService } from './price-history.service.js';

@ApiTags('Properties')
@Controller('v1/properties')
export class PriceHistoryController {
  constructor(private readonly prices: PriceHistoryService) {}

  @Get(':id/price-history')
  @OptionalTokenIgnoreInvalid()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'List the prices of a property',
    description:
      'Newest first, the last 1,000, by all writers of prices. Prices of other programs are read every few seconds: of several changes in between, the last one is shown.',
    ok: { status: 200, type: PriceHistoryDto, description: 'The prices.' },
    problems: ['property-not-found'],
  })
  listPropertyPrices(
    @Input() { id }: PropertyIdInput,
    @CallerOrNull() caller: Caller | null,
  ): Promise<PriceHistoryDto> {
    return this.prices.list(id, caller);
  }
}
