import { Injectable } from '@nestjs/common';
import type { Caller } from '../../accounts/caller-cache.js';
import { Config } from '../../config/config.js';
import { NO_DATE, toUtc } from '../../database/time.js';
import { MAX_PRICES, type PriceHistoryDto } from '../dto/price-history.dto.js';
import { PropertyNotFound } from '../model/property.errors.js';
import { priceOf } from '../search-index/price-columns.js';
import { type PricedProperty, PriceHistoryRepository, type PriceRow } from './price-history.repository.js';

/** The service sees a new property some seconds after another program has inserted it. */
const MAX_DELAY_MS = 60_000;

/** The prices that a property had while the service looked. */
@Injectable()
export class PriceHistoryService {
  readonly #zone: string;

  constructor(
    private readonly prices: PriceHistoryRepository,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /** @throws PropertyNotFound when it does not exist, or is hidden and the caller is not staff */
  async list(id: number, caller: Caller | null): Promise<PriceHistoryDto> {
    const property = await this.prices.findProperty(id);
    if (!property || (property.availability === null && !caller?.isStaff)) throw new PropertyNotFound();
    const logged = await this.prices.findPrices(id, MAX_PRICES);
    const rows = logged.length > 0 ? logged : [onlyPrice(property)];
    return {
      items: rows.map(({ n, price, currency, at }) => ({
        price,
        currency,
        at: toUtc(at, this.#zone) ?? NO_DATE,
        since: n > 1 || this.#isNewAt(property, at),
      })),
    };
  }

  /** Whether the service saw the property when it was new. */
  #isNewAt({ created_at: created }: PricedProperty, at: string): boolean {
    if (created === null) return false;
    const [from, to] = [created, at].map((time) => Date.parse(toUtc(time, this.#zone) ?? NO_DATE));
    return to! - from! <= MAX_DELAY_MS;
  }
}

/** The price of a property without a row in the log: it has not changed since the log began. */
function onlyPrice(property: PricedProperty): PriceRow {
  const { created_at: created, prices_since: since } = property;
  const at = created !== null && created > since ? created : since;
  return { n: 1, ...priceOf(property, property.price || null), at };
}
