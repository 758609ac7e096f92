import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { PropertyFilterInput } from '../dto/property-filter.input.js';
import type { StatisticsDto } from '../dto/statistics.dto.js';
import type { MatchingMarket } from '../facets/matching-properties.js';
import { PropertyCounter } from '../facets/property-counter.js';
import { StatusCatalogue } from '../read/status-catalogue.js';
import { toFilter } from '../search/filter.js';
import { countMonths } from './month-counts.js';
import { summarise } from './summary.js';

/** Computes prices, areas and times on the market of the properties of a search. */
@Injectable()
export class StatisticsService {
  constructor(
    private readonly counter: PropertyCounter,
    private readonly statuses: StatusCatalogue,
  ) {}

  /** @throws SearchBusy (503) when there are too many properties to read, and they are not in memory */
  async getStatistics(input: PropertyFilterInput): Promise<StatisticsDto> {
    const { publicIds } = await this.statuses.get();
    const now = Date.now();
    return statisticsOf(await this.counter.findMarket(toFilter(input), publicIds, now), now);
  }
}

async function statisticsOf(
  { prices, areas, days, months }: MatchingMarket,
  now: number,
): Promise<StatisticsDto> {
  const pricesPerSquareMetre = prices.map((price, i) => (areas[i]! > 0 ? price / areas[i]! : NaN));
  // A million properties take about 30 ms for each summary: other requests run between them.
  const next = async <T>(work: () => T): Promise<T> => {
    await setImmediate();
    return work();
  };
  return {
    total: prices.length,
    price: await next(() => summarise(prices, 0)),
    pricePerSquareMetre: await next(() => summarise(pricesPerSquareMetre, 2)),
    area: await next(() => summarise(areas, 2)),
    daysOnMarket: await next(() => summarise(days, 0)),
    months: countMonths(months, now),
  };
}
