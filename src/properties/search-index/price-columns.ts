import { isBlank } from '../../text/visible.js';

const BILLION = 1_000_000_000;
const DEFAULT_CURRENCY = 'COP';

/** A price and its currency; null is unknown. */
export interface Price {
  readonly price: number | null;
  readonly currency: string;
}

/** A row of `property_price`. */
export interface LoggedPrice extends Price {
  readonly n: number;
  /** Without a zone: in the zone of the database's dates. */
  readonly at: string;
  /** The same time, in milliseconds since 1970. */
  readonly at_ms: number;
}

/** The columns of `property_search` that are derived from the price log. */
export type PriceColumns = Record<'currency' | 'price_drop' | 'price_reduced_at', string | number | null>;

/** The columns of `property` that are derived from the price log. */
export interface ShownPrices {
  readonly previous_price: number | null;
  readonly price_changed_at: string | null;
}

/** The price of a property row; `price` is that of its search row. */
export function priceOf(row: { currency: string | null }, price: string | number | null): Price {
  const currency = row.currency === null || isBlank(row.currency) ? DEFAULT_CURRENCY : row.currency;
  return { price: price as number | null, currency };
}

export function isSamePrice(a: Price, b: Price): boolean {
  return a.price === b.price && a.currency === b.currency;
}

/** @param log the last two rows of the property, or fewer; the last one has the present price */
export function priceColumns({ currency }: Price, log: readonly LoggedPrice[]): PriceColumns {
  const drop = dropOf(log);
  return {
    currency: currency === DEFAULT_CURRENCY ? null : currency,
    price_drop: drop,
    price_reduced_at: drop === null ? null : log.at(-1)!.at_ms,
  };
}

/** @param log as above */
export function shownPrices(log: readonly LoggedPrice[]): ShownPrices {
  const [before, last] = log.slice(-2);
  if (!before || !last) return { previous_price: null, price_changed_at: null };
  // A number in another currency says nothing beside the present price.
  const isComparable = before.currency === last.currency;
  return { previous_price: isComparable ? before.price : null, price_changed_at: last.at };
}

/** The last reduction in billionths of the price before; null when the last change was no reduction. */
function dropOf(log: readonly LoggedPrice[]): number | null {
  const [before, last] = log.slice(-2);
  if (!before || !last || before.currency !== last.currency) return null;
  if (before.price === null || last.price === null || before.price <= 0 || last.price >= before.price)
    return null;
  return Math.min(BILLION, Math.round((1 - last.price / before.price) * BILLION));
}
